import { useEffect, useRef, useState } from "hono/jsx/dom";
import { text } from "./language.ts";
import { watchSpeech } from "./loudness.ts";

interface TileProps {
  readonly id: string;
  readonly name: string;
  readonly stream: MediaStream | undefined;
  /** Where their voice is: beside a shared screen it is not in `stream`. */
  readonly voice: MediaStream | undefined;
  readonly isSelf?: boolean;
  readonly isHost?: boolean;
  readonly isGuest?: boolean;
  /** As in a mirror: one's own camera, not one's screen. */
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

/** Somebody's picture. */
export const Tile = (props: TileProps) => {
  const video = useRef<HTMLVideoElement>(null);
  const speaks = useSpeech(props.voice) && !props.isMuted;
  useEffect(() => {
    const element = video.current;
    if (!element) return;
    // The attribute counts only while a page is parsed: nobody shall hear themselves.
    element.muted = props.isSelf ?? false;
    // An element that waits for the first frame of nothing keeps the whole page loading.
    const source = props.stream && props.stream.getTracks().length > 0 ? props.stream : null;
    if (element.srcObject === source) return;
    element.srcObject = source;
    // A browser that wants a gesture first has had one: somebody pressed "join".
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
      {/* biome-ignore lint/a11y/useMediaCaption: nobody has written down what is being said at this moment */}
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
