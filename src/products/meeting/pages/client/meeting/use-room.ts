import { useEffect, useRef, useState } from "hono/jsx/dom";
import type { ChatMessage, ListedPeer, MediaState, RoomMessage } from "../../../contract/index.ts";
import type { JoinResponse } from "./api.ts";
import { outgoing } from "./devices.ts";
import { Mesh } from "./mesh.ts";
import { type EndReason, Signaling } from "./signaling.ts";

type Streams = Readonly<Record<string, MediaStream | undefined>>;

const NEW_PEER: Pick<ListedPeer, keyof MediaState | "hand_raised"> = {
  audio: true,
  video: true,
  screen: false,
  hand_raised: false,
};

/** Applies a message of the room to the list of peers. */
const peersAfter = (peers: readonly ListedPeer[], message: RoomMessage): readonly ListedPeer[] => {
  const change = (peerId: string, to: Partial<ListedPeer>) =>
    peers.map((peer) => (peer.peer_id === peerId ? { ...peer, ...to } : peer));
  switch (message.type) {
    case "joined":
      return message.peers;
    case "user-joined":
      return [...peers.filter(({ peer_id }) => peer_id !== message.peer_id), { ...NEW_PEER, ...message }];
    case "user-left":
      return peers.filter(({ peer_id }) => peer_id !== message.peer_id);
    case "media-state":
      return change(message.peer_id, { audio: message.audio, video: message.video, screen: message.screen });
    case "raise-hand":
      return change(message.peer_id, { hand_raised: message.raised });
    default:
      return peers;
  }
};

interface RoomOptions {
  readonly joined: JoinResponse;
  /** The user's own camera and microphone. */
  readonly own: MediaStream;
  /** The screen while it is shared. */
  readonly screen: MediaStream | undefined;
  /** The media state that the other peers receive. */
  readonly media: MediaState;
  readonly isHandRaised: boolean;
  readonly onEnd: (ending: EndReason) => void;
  readonly onExpired: () => void;
  /** Called when the room refuses a message. */
  readonly onRefused: (code: number) => void;
}

/** Connects to the room and to each peer while the component is mounted. */
export const useRoom = (options: RoomOptions) => {
  const { joined, own, screen, media, isHandRaised, onEnd, onExpired, onRefused } = options;
  const [peers, setPeers] = useState<readonly ListedPeer[]>([]);
  const [streams, setStreams] = useState<Streams>({});
  const [chat, setChat] = useState<readonly ChatMessage[]>([]);
  const [filesChanged, setFilesChanged] = useState(0);
  const [connected, setConnected] = useState(false);
  const line = useRef<{ signaling: Signaling; mesh: Mesh } | null>(null);
  useEffect(() => {
    let mesh: Mesh | undefined;
    const take = (message: RoomMessage): void => {
      setPeers((known: readonly ListedPeer[]) => peersAfter(known, message));
      switch (message.type) {
        case "joined":
          setChat(message.chat);
          setFilesChanged((known: number) => known + 1);
          mesh?.meet(
            message.peer_id,
            message.peers.map(({ peer_id }) => peer_id),
          );
          break;
        case "chat":
          setChat((known: readonly ChatMessage[]) => [...known, message]);
          break;
        case "user-left":
          mesh?.hangUp(message.peer_id);
          break;
        case "file-shared":
        case "file-removed":
          setFilesChanged((known: number) => known + 1);
          break;
        case "error":
          onRefused(message.code);
          break;
        default:
          if ("from_peer_id" in message) mesh?.take(message).catch((error) => console.warn(error));
      }
    };
    const signaling = new Signaling(joined, { onMessage: take, onConnected: setConnected, onEnd, onExpired });
    mesh = new Mesh({
      iceServers: joined.ice_servers.map(({ urls, username, credential }) => ({
        urls,
        ...(username !== undefined && { username }),
        ...(credential !== undefined && { credential }),
      })),
      signaling,
      onStream: (peerId, stream) => setStreams((known: Streams) => ({ ...known, [peerId]: stream })),
    });
    line.current = { signaling, mesh };
    // A guest that comes back joins as a new participant, so the room need not keep the seat.
    const away = () => (joined.user_id < 0 ? signaling.leave() : signaling.stop());
    addEventListener("pagehide", away);
    return () => {
      removeEventListener("pagehide", away);
      mesh?.close();
      signaling.stop();
    };
  }, [joined.peer_id]);
  useEffect(() => void line.current?.mesh.setStream(outgoing(own, screen)), [own, screen]);
  // The state is sent again after each reconnect, too.
  useEffect(() => {
    if (connected) line.current?.signaling.send({ type: "media-state", ...media });
  }, [media.audio, media.video, media.screen, connected]);
  useEffect(() => {
    if (connected) line.current?.signaling.send({ type: "raise-hand", raised: isHandRaised });
  }, [isHandRaised, connected]);
  return {
    peers,
    streams,
    chat,
    filesChanged,
    connected,
    say: (message: string): boolean => line.current?.signaling.send({ type: "chat", message }) ?? false,
    leave: (): void => line.current?.signaling.leave(),
  };
};
