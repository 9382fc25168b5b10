import { useEffect, useRef, useState } from "hono/jsx/dom";
import { call, type Joined, save } from "./api.ts";
import { outgoing, stopStream } from "./devices.ts";
import { Files } from "./files.tsx";
import { text } from "./language.ts";
import { Mesh } from "./mesh.ts";
import { Problem, Tile, useAction } from "./parts.tsx";
import { Recorder } from "./recorder.ts";
import {
  type ChatLine,
  type Ending,
  type MediaState,
  type Person,
  type RoomMessage,
  Signaling,
} from "./signaling.ts";
import { uploadRecording } from "./upload.ts";

/** From here on everybody's uplink is what limits it. */
const MESH_PEOPLE = 6;

type Peer = Person & MediaState & { readonly hand_raised: boolean };

interface RoomProps {
  readonly joined: Joined;
  readonly devices: MediaStream;
  readonly onEnd: (ending: Ending) => void;
  readonly onExpired: () => void;
}

const NEW_PEER: Pick<Peer, keyof MediaState | "hand_raised"> = {
  audio: true,
  video: true,
  screen: false,
  hand_raised: false,
};

/** What a message changes about who is there. */
const peersAfter = (peers: readonly Peer[], message: RoomMessage): readonly Peer[] => {
  const change = (peerId: string, to: Partial<Peer>) =>
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

/** The line to the room and to each peer, for as long as the page is in it. */
const useRoom = ({ joined, devices, onEnd, onExpired }: RoomProps) => {
  const [peers, setPeers] = useState<readonly Peer[]>([]);
  const [streams, setStreams] = useState<Readonly<Record<string, MediaStream | undefined>>>({});
  const [chat, setChat] = useState<readonly ChatLine[]>([]);
  const [connected, setConnected] = useState(false);
  const line = useRef<{ signaling: Signaling; mesh: Mesh } | null>(null);
  useEffect(() => {
    let mesh: Mesh | undefined;
    const take = (message: RoomMessage): void => {
      setPeers((known: readonly Peer[]) => peersAfter(known, message));
      if (message.type === "joined") {
        setChat(message.chat);
        // Who comes calls who is there; after a break that changes nothing for those who still hear each other.
        for (const { peer_id } of message.peers) mesh?.call(peer_id);
        mesh?.restart();
      } else if (message.type === "chat") setChat((known: readonly ChatLine[]) => [...known, message]);
      else if (message.type === "user-left") mesh?.hangUp(message.peer_id);
      else if ("from_peer_id" in message) mesh?.take(message).catch((error) => console.warn(error));
    };
    const signaling = new Signaling(joined, { onMessage: take, onConnected: setConnected, onEnd, onExpired });
    mesh = new Mesh({
      ownPeerId: joined.peer_id,
      iceServers: joined.ice_servers,
      signaling,
      onStream: (peerId, stream) =>
        setStreams((known: Readonly<Record<string, MediaStream | undefined>>) => ({
          ...known,
          [peerId]: stream,
        })),
    });
    void mesh.setStream(outgoing(devices, undefined, true));
    line.current = { signaling, mesh };
    // A guest who comes back is another one: nobody keeps their seat.
    const away = () => (joined.user_id < 0 ? signaling.leave() : signaling.stop());
    addEventListener("pagehide", away);
    return () => {
      removeEventListener("pagehide", away);
      mesh?.close();
      signaling.stop();
    };
  }, [joined.peer_id]);
  return { peers, streams, chat, connected, line };
};

/** The meeting itself. */
export const Room = (props: RoomProps) => {
  const { joined, devices, onEnd } = props;
  const { peers, streams, chat, connected, line } = useRoom(props);
  const [media, setMedia] = useState<MediaState>({
    audio: devices.getAudioTracks().length > 0,
    video: devices.getVideoTracks().length > 0,
    screen: false,
  });
  const [screen, setScreen] = useState<MediaStream | undefined>(undefined);
  const [isHandRaised, setHand] = useState(false);
  const [recorder, setRecorder] = useState<Recorder | undefined>(undefined);
  const [note, setNote] = useState<string | undefined>(undefined);
  const [files, setFiles] = useState(0);
  const { busy, problem, act } = useAction();

  // The room is told again after a break, too.
  useEffect(() => {
    if (connected) line.current?.signaling.send({ type: "media-state", ...media });
  }, [media.audio, media.video, media.screen, connected]);

  const toggleAudio = (): void => {
    for (const track of devices.getAudioTracks()) track.enabled = !media.audio;
    setMedia({ ...media, audio: !media.audio });
  };
  const setVideo = (on: boolean): void => {
    for (const track of devices.getVideoTracks()) track.enabled = on;
    void line.current?.mesh.setStream(outgoing(devices, screen, on));
    setMedia({ ...media, video: on });
  };
  const stopScreen = (): void => {
    stopStream(screen);
    setScreen(undefined);
    void line.current?.mesh.setStream(outgoing(devices, undefined, media.video));
    setMedia((known: MediaState) => ({ ...known, screen: false }));
  };
  const startScreen = () =>
    act(async () => {
      const shown = await navigator.mediaDevices.getDisplayMedia({ video: true }).catch(() => undefined);
      if (!shown) return;
      shown.getVideoTracks()[0]?.addEventListener("ended", stopScreen);
      setScreen(shown);
      await line.current?.mesh.setStream(outgoing(devices, shown, media.video));
      setMedia({ ...media, screen: true });
    });
  const toggleHand = (): void => {
    line.current?.signaling.send({ type: "raise-hand", raised: !isHandRaised });
    setHand(!isHandRaised);
  };
  const record = () =>
    act(async () => {
      if (!recorder) {
        setRecorder(new Recorder(() => [...document.querySelectorAll<HTMLVideoElement>(".person video")]));
        return;
      }
      setRecorder(undefined);
      const film = await recorder.stop();
      try {
        await uploadRecording(joined.meeting_id, film, (done) =>
          setNote(`${text.uploading} ${Math.floor(done * 100)} %`),
        );
      } catch (error) {
        save(film, film.name);
        setNote(text.savedHere);
        throw error;
      }
      setFiles(files + 1);
      setNote(text.recorded);
    });
  const leave = (): void => {
    line.current?.signaling.leave();
    stopStream(screen);
    onEnd("left");
  };
  const end = () =>
    confirm(text.endSure) && act(async () => void (await call(`/meetings/${joined.meeting_id}/end`, "POST")));
  const kick = (userId: number) =>
    confirm(text.kickSure) &&
    act(async () => void (await call(`/meetings/${joined.meeting_id}/kick`, "POST", { user_id: userId })));
  const say = (event: Event): void => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const message = String(new FormData(form).get("message")).trim();
    if (message === "") return;
    line.current?.signaling.send({ type: "chat", message });
    form.reset();
  };
  const isCrowded = peers.length + 1 > MESH_PEOPLE;
  return (
    <div class="room">
      <div class="heading">
        <h1>{joined.title}</h1>
        <span class={connected ? "badge badge-activated" : "badge"} data-connected={String(connected)}>
          {connected ? `${text.people} ${peers.length + 1}` : text.reconnecting}
        </span>
      </div>
      <Problem message={problem} />
      {note && (
        <p class="notice notice-good" role="status">
          {note}
        </p>
      )}
      {isCrowded && media.video && (
        <p class="notice notice-warn">
          {text.tooMany}{" "}
          <button type="button" class="chip" onClick={() => setVideo(false)}>
            {text.audioOnly}
          </button>
        </p>
      )}
      <div class="people">
        <Tile
          id={joined.peer_id}
          name={joined.full_name}
          stream={screen ?? devices}
          isSelf
          isHost={joined.is_host}
          isMuted={!media.audio}
          hasVideo={media.video || media.screen}
          isHandRaised={isHandRaised}
        />
        {peers.map((peer) => (
          <Tile
            key={peer.peer_id}
            id={peer.peer_id}
            name={peer.full_name}
            stream={streams[peer.peer_id]}
            isHost={peer.is_host}
            isMuted={!peer.audio}
            hasVideo={peer.video || peer.screen}
            isHandRaised={peer.hand_raised}
          />
        ))}
      </div>
      <div class="actions controls">
        <button type="button" class="button-quiet" aria-pressed={String(!media.audio)} onClick={toggleAudio}>
          {media.audio ? text.mute : text.unmute}
        </button>
        <button type="button" class="button-quiet" onClick={() => setVideo(!media.video)}>
          {media.video ? text.cameraOff : text.cameraOn}
        </button>
        <button type="button" class="button-quiet" onClick={screen ? stopScreen : startScreen}>
          {screen ? text.stopSharing : text.share}
        </button>
        <button type="button" class="button-quiet" onClick={toggleHand}>
          {isHandRaised ? text.lowerHand : text.raiseHand}
        </button>
        {joined.is_recording_enabled && joined.is_host && (
          <button type="button" class="button-quiet" disabled={busy} onClick={record}>
            {recorder ? text.stopRecording : text.record}
          </button>
        )}
        <button type="button" class="button-bad" onClick={leave}>
          {text.leave}
        </button>
        {joined.is_host && (
          <button type="button" class="button-bad" disabled={busy} onClick={end}>
            {text.end}
          </button>
        )}
      </div>
      <div class="columns">
        <section class="card">
          <h2>{text.chat}</h2>
          <div class="lines" aria-live="polite">
            {chat.map((one, i) => (
              <p key={i}>
                <strong>{one.full_name}</strong> {one.message}
              </p>
            ))}
          </div>
          <form class="inline-form" onSubmit={say}>
            <input
              name="message"
              maxlength={4000}
              autocomplete="off"
              placeholder={text.message}
              aria-label={text.message}
            />
            <button type="submit">{text.send}</button>
          </form>
        </section>
        <section class="card">
          <h2>{text.people}</h2>
          <ul class="plain">
            {peers.map((peer) => (
              <li key={peer.peer_id} class="heading">
                <span>
                  {peer.hand_raised ? "✋ " : ""}
                  {peer.full_name}
                </span>
                {joined.is_host && (
                  <button type="button" class="chip" disabled={busy} onClick={() => kick(peer.user_id)}>
                    {text.kick}
                  </button>
                )}
              </li>
            ))}
          </ul>
          <h2>{text.files}</h2>
          <Files meetingId={joined.meeting_id} version={files} />
          <p class="muted small">
            {text.invite}: <span class="code">{`${location.origin}/meeting/${joined.meeting_id}`}</span>
          </p>
        </section>
      </div>
    </div>
  );
};
