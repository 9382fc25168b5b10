import { useEffect, useRef, useState } from "hono/jsx/dom";
import { text } from "./language.ts";
import { watchSpeech } from "./speech-detection.ts";

interface TileProps {
  readonly id: string;
  readonly name: string;
  readonly stream: MediaStream | undefined;
  /** The stream with the audio. While a screen is shared, `stream` has no audio. */
  readonly voice: MediaStream | undefined;
  readonly isSelf?: boolean;
  readonly isHost?: boolean;
  readonly isGuest?: boolean;
  /** Mirrors the picture: for the own camera, not for the own screen. */
  readonly isMirrored?: boolean;
  readonly isMuted: boolean;
  readonly hasVideo: boolean;
  readonly isHandRaised: boolean;
}

const useSpeech = (stream: MediaStream | undefined): boolean => {
  const [speaks, setSpeaks] = useState(false);
  const track = stream?.getAudioTracks()[0]?.id;
  useEffect(() => {
    setSpeaks(false);
    return stream && track ? watchSpeech(stream, setSpeaks) : undefined;
  }, [stream, track]);
  return speaks;
};

/** The video of one participant. */
export const Tile = (props: TileProps) => {
  const video = useRef<HTMLVideoElement>(null);
  const speaks = useSpeech(props.voice) && !props.isMuted;
  useEffect(() => {
    const element = video.current;
    if (!element) return;
    // The `muted` attribute works only while a page is parsed. Without this, users would hear themselves.
    element.muted = props.isSelf ?? false;
    // A video element with an empty stream would keep the page in its loading state.
    const source = props.stream && props.stream.getTracks().length > 0 ? props.stream : null;
    if (element.srcObject === source) return;
    element.srcObject = source;
    // Playing may need a user gesture; pressing "Join" was one.
    if (source) element.play().catch(() => undefined);
  });
  const face = ["face", !props.hasVideo && "face-off", props.isMirrored && "face-mirrored"];
  const name = props.isSelf && props.name !== text.you ? `${props.name} (${text.you})` : props.name;
  const who = [name, props.isHost && text.host, props.isGuest && text.guest];
  const state = [props.isHandRaised && text.handRaised, props.isMuted && text.muted];
  return (
    <figure
      class={speaks ? "person person-speaking" : "person"}
      data-peer={props.id}
      data-self={String(props.isSelf ?? false)}
    >
      {/* biome-ignore lint/a11y/useMediaCaption: a live conversation has no captions */}
      <video
        ref={video}
        autoplay
        playsinline
        class={face.filter(Boolean).join(" ")}
        aria-label={props.name}
      />
      {!props.hasVideo && <span class="initial">{[...props.name][0] ?? "?"}</span>}
      <figcaption>
        <span>{who.filter(Boolean).join(" · ")}</span>
        <span>{state.filter(Boolean).join(" · ")}</span>
      </figcaption>
    </figure>
  );
};
