import type { Child } from "hono/jsx";
import { useEffect, useRef } from "hono/jsx/dom";
import { sameOriginPath } from "../../../../../ui/client/shared/api.ts";
import { text } from "./language.ts";

interface ChoiceProps<T extends string> {
  readonly label: string;
  readonly options: readonly (readonly [value: T, label: string])[];
  readonly value: T;
  readonly onChange: (value: T) => void;
}

/** A choice between a few visible options. */
export const Choice = <T extends string>({ label, options, value, onChange }: ChoiceProps<T>) => (
  <fieldset class="choice">
    <legend>{label}</legend>
    {options.map(([option, name]) => (
      <button
        key={option}
        type="button"
        class={option === value ? "chip chip-on" : "chip"}
        aria-pressed={option === value ? "true" : "false"}
        onClick={() => onChange(option)}
      >
        {name}
      </button>
    ))}
  </fieldset>
);

interface MediaProps {
  readonly type: "image" | "video";
  readonly url: string;
  readonly thumbnail: string;
  readonly title: string;
  readonly onPlay?: () => void;
}

/** The full image or video of a work. */
export const Media = ({ type, url, thumbnail, title, onPlay }: MediaProps) =>
  type === "video" ? (
    // biome-ignore lint/a11y/useMediaCaption: generated videos have no speech to caption
    <video
      class="player"
      controls
      playsinline
      preload="metadata"
      src={sameOriginPath(url)}
      poster={sameOriginPath(thumbnail)}
      aria-label={title}
      onPlay={onPlay}
    />
  ) : (
    <img class="picture" src={sameOriginPath(url)} alt={title} />
  );

/** The thumbnail of a work, or its title if it has none. */
export const Thumbnail = ({ src, title }: { readonly src: string; readonly title: string }) =>
  src === "" ? (
    <div class="thumbnail thumbnail-empty">{title}</div>
  ) : (
    <img class="thumbnail" src={sameOriginPath(src)} alt={title} loading="lazy" />
  );

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: Child;
}

/** A modal dialog. */
export const Dialog = ({ title, onClose, children }: DialogProps) => {
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => element.current?.showModal(), []);
  return (
    <dialog class="dialog" aria-label={title} ref={element} onClose={onClose}>
      <div class="heading">
        <h2>{title}</h2>
        <button type="button" class="button-quiet" onClick={onClose}>
          {text.close}
        </button>
      </div>
      {children}
    </dialog>
  );
};
