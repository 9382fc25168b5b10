import type { RoomMessage, Signaling } from "./signaling.ts";

interface Link {
  readonly connection: RTCPeerConnection;
  /** Gives way where both offer at once. */
  readonly isPolite: boolean;
  isOffering: boolean;
  ignoresOffer: boolean;
}

export interface MeshOptions {
  readonly ownPeerId: string;
  readonly iceServers: RTCIceServer[];
  readonly signaling: Signaling;
  /** A peer's picture and sound, whenever they change. */
  readonly onStream: (peerId: string, stream: MediaStream | undefined) => void;
}

/** A connection to each peer, by perfect negotiation (W3C WebRTC, 10.7). */
export class Mesh {
  private readonly links = new Map<string, Link>();
  private stream = new MediaStream();

  constructor(private readonly options: MeshOptions) {}

  /** What everybody is sent from now on. */
  async setStream(stream: MediaStream): Promise<void> {
    this.stream = stream;
    await Promise.all([...this.links.values()].map(({ connection }) => this.sendTracks(connection)));
  }

  /** Calls somebody who is there. */
  call(peerId: string): void {
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

  /** After the socket was away: connections that broke meanwhile look for another way. */
  restart(): void {
    for (const { connection } of this.links.values()) {
      if (connection.connectionState !== "connected") connection.restartIce();
    }
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
    const collides = message.type === "offer" && (link.isOffering || connection.signalingState !== "stable");
    link.ignoresOffer = !link.isPolite && collides;
    if (link.ignoresOffer) return;
    // Other clients send the text alone.
    const description =
      typeof message.sdp === "string" ? { type: message.type, sdp: message.sdp } : message.sdp;
    await connection.setRemoteDescription(description);
    if (message.type !== "offer") return;
    for (const transceiver of connection.getTransceivers()) transceiver.direction = "sendrecv";
    await this.sendTracks(connection);
    await connection.setLocalDescription();
    this.describe(peerId, connection);
  }

  private link(peerId: string): Link {
    const known = this.links.get(peerId);
    if (known) return known;
    const { iceServers, ownPeerId, signaling, onStream } = this.options;
    const connection = new RTCPeerConnection({ iceServers });
    const link: Link = {
      connection,
      isPolite: ownPeerId > peerId,
      isOffering: false,
      ignoresOffer: false,
    };
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
