import { useEffect, useRef, useState } from "hono/jsx/dom";
import { ApiError } from "../../../../../ui/client/shared/api-error.ts";
import { type DeviceKind, openBoth, openTrack } from "./devices.ts";
import { text } from "./language.ts";

/** The user's own camera and microphone. */
export interface OwnDevices {
  /** The current tracks. A track that is added or removed makes a new stream. */
  readonly stream: MediaStream;
  /** True while the browser asks for permission. */
  readonly isOpening: boolean;
  /** Whether audio is sent. */
  readonly audio: boolean;
  /** Whether the camera is on. */
  readonly video: boolean;
  /** Throws ApiError if there is no microphone or the browser is not allowed to use it. */
  readonly setAudio: (on: boolean) => Promise<void>;
  /** Off also stops the device. Throws ApiError if there is no camera or the browser is not allowed to use it. */
  readonly setVideo: (on: boolean) => Promise<void>;
  readonly choose: (kind: DeviceKind, deviceId: string) => Promise<void>;
}

const MISSING = { audio: text.noMicrophone, video: text.noCamera };
const has = (stream: MediaStream | undefined, kind: DeviceKind): boolean =>
  stream?.getTracks().some((track) => track.kind === kind) ?? false;

/** Opens the camera and the microphone while `isWanted`, and replaces a device that is unplugged. */
export const useDevices = (isWanted: boolean): OwnDevices => {
  const [stream, setStream] = useState(() => new MediaStream());
  const [isOpening, setOpening] = useState(true);
  const [isMuted, setMuted] = useState(false);
  // The current values for callbacks that run after a rendering.
  const now = useRef({
    stream,
    isWanted,
    isMuted: false,
    hasCamera: true,
    choice: {} as Partial<Record<DeviceKind, string>>,
  });

  const put = (opened: readonly MediaStreamTrack[]): void => {
    const state = now.current;
    if (!state) return;
    // The permission prompt may stay open for long. A device that is not wanted any more then is stopped at once.
    const isUsed = ({ kind }: MediaStreamTrack) => state.isWanted && (kind !== "video" || state.hasCamera);
    const tracks = opened.filter(isUsed);
    for (const track of opened) if (!isUsed(track)) track.stop();
    for (const track of state.stream.getTracks()) if (!tracks.includes(track)) track.stop();
    for (const track of tracks) if (track.kind === "audio") track.enabled = !state.isMuted;
    state.stream = new MediaStream([...tracks]);
    setStream(state.stream);
  };
  const replace = (kind: DeviceKind, track: MediaStreamTrack | undefined): void => {
    const others = now.current?.stream.getTracks().filter((one) => one.kind !== kind) ?? [];
    put(track ? [...others, track] : others);
  };
  /** The `ended` event comes only when a device is unplugged or loses its permission, not after `stop()`. */
  const watch = (track: MediaStreamTrack): MediaStreamTrack => {
    track.addEventListener("ended", () => {
      const kind = track.kind as DeviceKind;
      if (!now.current?.stream.getTracks().includes(track)) return;
      void openTrack(kind).then((other) => replace(kind, other && watch(other)));
    });
    return track;
  };
  const open = async (kind: DeviceKind): Promise<void> => {
    const track = await openTrack(kind, now.current?.choice[kind]);
    if (!track) throw new ApiError("", MISSING[kind]);
    replace(kind, watch(track));
  };

  useEffect(() => {
    if (now.current) now.current.isWanted = isWanted;
    if (!isWanted) return put([]);
    let isStale = false;
    setOpening(true);
    void openBoth().then((tracks) => {
      if (isStale) for (const track of tracks) track.stop();
      else put(tracks.map(watch));
      setOpening(false);
    });
    return () => {
      isStale = true;
    };
  }, [isWanted]);

  const setAudio = async (on: boolean): Promise<void> => {
    if (on && !has(now.current?.stream, "audio")) await open("audio");
    if (now.current) now.current.isMuted = !on;
    setMuted(!on);
    for (const track of now.current?.stream.getAudioTracks() ?? []) track.enabled = on;
  };
  const setVideo = async (on: boolean): Promise<void> => {
    if (now.current) now.current.hasCamera = on;
    if (!on) replace("video", undefined);
    else if (!has(now.current?.stream, "video")) await open("video");
  };
  const choose = async (kind: DeviceKind, deviceId: string): Promise<void> => {
    if (now.current) now.current.choice[kind] = deviceId;
    // A camera that is off stays off; the choice applies when it is switched on.
    if (kind === "video" && !now.current?.hasCamera) return;
    // Some cameras can be opened only once at a time, so the old track is stopped first.
    replace(kind, undefined);
    await open(kind);
  };
  return {
    stream,
    isOpening,
    audio: !isMuted && has(stream, "audio"),
    video: has(stream, "video"),
    setAudio,
    setVideo,
    choose,
  };
};
