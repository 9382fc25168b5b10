import type { RoomMessage, Signaling } from "./signaling.ts";

interface Link {
  readonly connection: RTCPeerConnection;
  isOffering: boolean;
  ignoresOffer: boolean;
  isTakingAnswer: boolean;
}

export interface MeshOptions {
  readonly iceServers: RTCIceServer[];
  readonly signaling: Signaling;
  /** A peer's picture and sound, whenever they change. */
  readonly onStream: (peerId: string, stream: MediaStream | undefined) => void;
}

/** A connection to each peer, by perfect negotiation (W3C WebRTC, 10.7). */
export class Mesh {
  private readonly links = new Map<string, Link>();
  private stream = new MediaStream();
  private ownPeerId = "";

  constructor(private readonly options: MeshOptions) {}

  /** What everybody is sent from now on. */
  async setStream(stream: MediaStream): Promise<void> {
    this.stream = stream;
    await Promise.all([...this.links.values()].map(({ connection }) => this.sendTracks(connection)));
  }

  private call(peerId: string): void {
    if (this.links.has(peerId)) return;
    const { connection } = this.link(peerId);
    // Both, whoever has which: so that a track that comes later needs no new negotiation. Who is called takes these over.
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
   * The room has said who is here, at first or after the socket was away. Who came later calls who was there; connections
   * that broke meanwhile look for another way, and offers nobody got are made again.
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
        await connection.addIceCandidate(message.candidate ?? undefined);
      } catch (error) {
        if (!link.ignoresOffer) throw error;
      }
      return;
    }
    const isOffer = message.type === "offer";
    // An answer to an offer that was made twice.
    if (!isOffer && connection.signalingState === "stable") return;
    const isReady = !link.isOffering && (connection.signalingState === "stable" || link.isTakingAnswer);
    link.ignoresOffer = !this.isPolite(peerId) && isOffer && !isReady;
    if (link.ignoresOffer) {
      // They may have offered because ours was lost: without this both would wait for the other.
      if (connection.signalingState === "have-local-offer") this.describe(peerId, connection);
      return;
    }
    // Other clients send the text alone.
    const description =
      typeof message.sdp === "string" ? { type: message.type, sdp: message.sdp } : message.sdp;
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

  /** Who gives way where both offer at once. */
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

  /** What was just said of this side: where an offer came in between, that is an answer. */
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
