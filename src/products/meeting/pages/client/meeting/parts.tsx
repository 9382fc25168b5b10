import type { Child } from "hono/jsx";
import { useEffect, useRef, useState } from "hono/jsx/dom";
import { messageOf } from "./api.ts";
import { text } from "./language.ts";

export const Field = ({ label, children }: { readonly label: string; readonly children: Child }) => (
  // biome-ignore lint/a11y/noLabelWithoutControl: the control is the child
  <label class="field">
    <span>{label}</span>
    {children}
  </label>
);

export const Problem = ({ message }: { readonly message: string | undefined }) =>
  message ? (
    <p class="notice notice-bad" role="alert">
      {message}
    </p>
  ) : null;

/** What an action did: whether it is under way, and what went wrong. */
export const useAction = () => {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const act = async (work: () => Promise<void>): Promise<void> => {
    setBusy(true);
    setProblem(undefined);
    try {
      await work();
    } catch (error) {
      setProblem(messageOf(error));
    } finally {
      setBusy(false);
    }
  };
  return { busy, problem, act };
};

interface TileProps {
  readonly id: string;
  readonly name: string;
  readonly stream: MediaStream | undefined;
  readonly isSelf?: boolean;
  readonly isHost?: boolean;
  readonly isMuted: boolean;
  readonly hasVideo: boolean;
  readonly isHandRaised: boolean;
}

/** Somebody's picture. */
export const Tile = (props: TileProps) => {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const element = video.current;
    if (!element || element.srcObject === (props.stream ?? null)) return;
    element.srcObject = props.stream ?? null;
    // A browser that wants a gesture first has had one: somebody pressed "join".
    if (props.stream) element.play().catch(() => undefined);
  });
  return (
    <figure class="person" data-peer={props.id} data-self={String(props.isSelf ?? false)}>
      <video
        ref={video}
        autoplay
        playsinline
        muted={props.isSelf ?? false}
        class={props.hasVideo ? "face" : "face face-off"}
        aria-label={props.name}
      />
      {!props.hasVideo && <span class="initial">{[...props.name][0] ?? "?"}</span>}
      <figcaption>
        <span>
          {props.isSelf && props.name !== text.you ? `${props.name} (${text.you})` : props.name}
          {props.isHost ? ` · ${text.host}` : ""}
        </span>
        <span>
          {props.isHandRaised ? "✋ " : ""}
          {props.isMuted ? text.muted : ""}
        </span>
      </figcaption>
    </figure>
  );
};
