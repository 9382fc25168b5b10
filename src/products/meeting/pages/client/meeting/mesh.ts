import type { RoomMessage } from "../../../contract/index.ts";
import type { Signaling } from "./signaling.ts";

interface Link {
  readonly connection: RTCPeerConnection;
  isOffering: boolean;
  ignoresOffer: boolean;
  isTakingAnswer: boolean;
}

export interface MeshOptions {
  readonly iceServers: RTCIceServer[];
  readonly signaling: Signaling;
  /** Receives a peer's video and audio whenever they change. */
  readonly onStream: (peerId: string, stream: MediaStream | undefined) => void;
}

/** A WebRTC connection to each peer, with perfect negotiation (W3C WebRTC, 10.7). */
export class Mesh {
  private readonly links = new Map<string, Link>();
  private stream = new MediaStream();
  private ownPeerId = "";

  constructor(private readonly options: MeshOptions) {}

  /** Sets the stream that all peers receive from now on. */
  async setStream(stream: MediaStream): Promise<void> {
    this.stream = stream;
    await Promise.all([...this.links.values()].map(({ connection }) => this.sendTracks(connection)));
  }

  private call(peerId: string): void {
    if (this.links.has(peerId)) return;
    const { connection } = this.link(peerId);
    // Adds both kinds, whatever tracks exist now, so that a later track needs no new negotiation. The called peer
    // reuses these transceivers.
    for (const kind of ["audio", "video"]) connection.addTransceiver(kind, { direction: "sendrecv" });
    void this.sendTracks(connection);
  }

  hangUp(peerId: string): void {
    const link = this.links.get(peerId);
    if (!link) return;
    this.links.delete(peerId);
    link.connection.close();
    this.options.onStream(peerId, undefined);
  }

  close(): void {
    for (const peerId of [...this.links.keys()]) this.hangUp(peerId);
  }

  /**
   * Handles the list of peers that the room sends after each connect. The peer that joined later calls the peers that
   * were there before. Connections that broke in the meantime restart ICE, and unanswered offers are sent again.
   */
  meet(ownPeerId: string, peerIds: readonly string[]): void {
    this.ownPeerId = ownPeerId;
    for (const known of [...this.links.keys()]) if (!peerIds.includes(known)) this.hangUp(known);
    for (const [peerId, { connection }] of this.links) {
      if (connection.signalingState === "have-local-offer") this.describe(peerId, connection);
      else if (connection.connectionState !== "connected") connection.restartIce();
    }
    for (const peerId of peerIds) this.call(peerId);
  }

  async take(message: Extract<RoomMessage, { from_peer_id: string }>): Promise<void> {
    const peerId = message.from_peer_id;
    const link = this.link(peerId);
    const { connection } = link;
    if (message.type === "ice-candidate") {
      try {
        const { candidate } = message;
        await connection.addIceCandidate(
          typeof candidate === "string" ? { candidate } : (candidate ?? undefined),
        );
      } catch (error) {
        if (!link.ignoresOffer) throw error;
      }
      return;
    }
    const isOffer = message.type === "offer";
    // The offer was sent twice, and this is the second answer.
    if (!isOffer && connection.signalingState === "stable") return;
    const isReady = !link.isOffering && (connection.signalingState === "stable" || link.isTakingAnswer);
    link.ignoresOffer = !this.isPolite(peerId) && isOffer && !isReady;
    if (link.ignoresOffer) {
      // The peer may have made its offer because ours was lost. Without a new copy of ours, both would wait.
      if (connection.signalingState === "have-local-offer") this.describe(peerId, connection);
      return;
    }
    // Some clients send only the SDP text.
    const sdp = typeof message.sdp === "string" ? message.sdp : (message.sdp.sdp ?? "");
    const description = { type: message.type, sdp };
    link.isTakingAnswer = !isOffer;
    try {
      await connection.setRemoteDescription(description);
    } finally {
      link.isTakingAnswer = false;
    }
    if (!isOffer) return;
    for (const transceiver of connection.getTransceivers()) transceiver.direction = "sendrecv";
    await this.sendTracks(connection);
    await connection.setLocalDescription();
    this.describe(peerId, connection);
  }

  /** Whether this side withdraws its offer when both sides offer at once. */
  private isPolite(peerId: string): boolean {
    return this.ownPeerId > peerId;
  }

  private link(peerId: string): Link {
    const known = this.links.get(peerId);
    if (known) return known;
    const { iceServers, signaling, onStream } = this.options;
    const connection = new RTCPeerConnection({ iceServers });
    const link: Link = { connection, isOffering: false, ignoresOffer: false, isTakingAnswer: false };
    this.links.set(peerId, link);
    const received = new MediaStream();
    connection.addEventListener("track", ({ track }) => {
      for (const old of received.getTracks()) if (old.kind === track.kind) received.removeTrack(old);
      received.addTrack(track);
      onStream(peerId, received);
    });
    connection.addEventListener("icecandidate", ({ candidate }) => {
      if (candidate) signaling.to(peerId, { type: "ice-candidate", candidate: candidate.toJSON() });
    });
    connection.addEventListener("iceconnectionstatechange", () => {
      if (connection.iceConnectionState === "failed") connection.restartIce();
    });
    connection.addEventListener("negotiationneeded", () => void this.offer(peerId, link));
    return link;
  }

  private async offer(peerId: string, link: Link): Promise<void> {
    try {
      link.isOffering = true;
      await link.connection.setLocalDescription();
      this.describe(peerId, link.connection);
    } finally {
      link.isOffering = false;
    }
  }

  /** Sends the local description. After a remote offer in between, this is an answer. */
  private describe(peerId: string, { localDescription: sdp }: RTCPeerConnection): void {
    if (sdp) this.options.signaling.to(peerId, { type: sdp.type, sdp });
  }

  private async sendTracks(connection: RTCPeerConnection): Promise<void> {
    for (const transceiver of connection.getTransceivers()) {
      const kind = transceiver.receiver.track.kind;
      const track = this.stream.getTracks().find((one) => one.kind === kind) ?? null;
      if (transceiver.sender.track !== track) await transceiver.sender.replaceTrack(track);
    }
  }
}
