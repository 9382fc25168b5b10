import { text } from "./language.ts";

/** Steps of the arrow keys and of the page keys, in seconds. */
const STEP = 5;
const LEAP = 15;

export const clockOf = (seconds: number): string => {
  const all = Math.max(0, Math.floor(seconds));
  return `${Math.floor(all / 60)}:${String(all % 60).padStart(2, "0")}`;
};

interface Parts {
  readonly audio: HTMLAudioElement;
  readonly button: HTMLButtonElement;
  readonly slider: HTMLElement;
  /** The clip of the waveform; its width shows the playback position. */
  readonly played: SVGRectElement;
  readonly clock: HTMLElement;
}

const partsIn = (root: HTMLElement): Parts | undefined => {
  const audio = root.querySelector("audio");
  const button = root.querySelector<HTMLButtonElement>("button.play");
  const slider = root.querySelector<HTMLElement>(".wave-slider");
  const played = root.querySelector<SVGRectElement>("[data-played]");
  const clock = root.querySelector<HTMLElement>(".clock");
  return audio && button && slider && played && clock ? { audio, button, slider, played, clock } : undefined;
};

export interface PlayerOptions {
  /** The length of the whole track. */
  readonly seconds: number;
  /** How many seconds the visitor may listen to: less than `seconds` for a preview, 0 where there is none. */
  readonly heard: number;
  /** Called during playback with the seconds that were played since the last call; skipped parts do not count. */
  readonly onListened: (seconds: number) => void;
  /** Called when the preview has ended, or when there is none. */
  readonly onCut: () => void;
  readonly onProblem: () => void;
}

export interface Player {
  /** Continues at the same position with the file of the whole track. */
  readonly playWhole: (source: string) => void;
}

/**
 * Turns the waveform into a slider that is used by pointer or keyboard, and replaces the browser's audio controls.
 * Returns undefined where the page has no player.
 */
export const startPlayer = (root: HTMLElement, options: PlayerOptions): Player | undefined => {
  const parts = partsIn(root);
  if (!parts) return undefined;
  const { audio, button, slider, played, clock } = parts;
  const { seconds } = options;
  const width = Number(played.dataset.played);
  let { heard } = options;
  let before = 0;
  /** The position, in seconds, under the pointer during a drag. */
  let dragged: number | undefined;

  const show = (): void => {
    const at = dragged ?? audio.currentTime;
    played.setAttribute("width", String(seconds > 0 ? Math.min(width, (at / seconds) * width) : 0));
    clock.textContent = clockOf(at);
    slider.ariaValueNow = String(Math.floor(at));
    slider.ariaValueText = text.positionOf(clockOf(at), clockOf(seconds));
  };

  const seek = (to: number): void => {
    const at = Math.min(Math.max(0, to), heard);
    before = at;
    audio.currentTime = at;
    show();
  };

  const sayState = (): void => {
    button.ariaLabel = audio.paused ? text.play : text.pause;
    button.dataset.playing = String(!audio.paused);
  };

  const toggle = (): void => {
    if (audio.paused && audio.currentTime >= heard) seek(0);
    if (heard === 0) options.onCut();
    else if (audio.paused) audio.play().catch(options.onProblem);
    else audio.pause();
  };

  const secondsAt = ({ clientX }: PointerEvent): number => {
    const { left, width: wide } = slider.getBoundingClientRect();
    return Math.min(Math.max(0, (clientX - left) / wide) * seconds, heard);
  };

  audio.removeAttribute("controls");
  audio.hidden = true;
  button.hidden = false;
  slider.role = "slider";
  slider.tabIndex = 0;
  slider.ariaLabel = text.position;
  slider.ariaValueMin = "0";
  slider.ariaValueMax = String(Math.floor(seconds));
  sayState();
  show();

  button.addEventListener("click", toggle);
  for (const event of ["play", "pause", "ended"]) audio.addEventListener(event, sayState);
  // A preview ends with an audio frame, which may be before the rounded length, so `timeupdate` alone could miss it.
  audio.addEventListener("ended", () => heard < seconds && options.onCut());
  audio.addEventListener("error", options.onProblem);
  audio.addEventListener("timeupdate", () => {
    const passed = audio.currentTime - before;
    before = audio.currentTime;
    // A jump of 2 seconds or more is a seek, which does not count as listening.
    if (passed > 0 && passed < 2 && !audio.paused) options.onListened(passed);
    if (audio.currentTime >= heard && heard < seconds && !audio.paused) {
      audio.pause();
      options.onCut();
    }
    show();
  });

  // The audio is sought only when the drag ends, so that a drag causes one request.
  slider.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    slider.setPointerCapture(event.pointerId);
    dragged = secondsAt(event);
    show();
  });
  slider.addEventListener("pointermove", (event) => {
    if (dragged === undefined) return;
    dragged = secondsAt(event);
    show();
  });
  slider.addEventListener("pointerup", () => {
    if (dragged === undefined) return;
    const to = dragged;
    dragged = undefined;
    seek(to);
  });
  slider.addEventListener("pointercancel", () => {
    dragged = undefined;
    show();
  });
  slider.addEventListener("keydown", (event) => {
    const to: Record<string, number> = {
      ArrowLeft: audio.currentTime - STEP,
      ArrowDown: audio.currentTime - STEP,
      ArrowRight: audio.currentTime + STEP,
      ArrowUp: audio.currentTime + STEP,
      PageDown: audio.currentTime - LEAP,
      PageUp: audio.currentTime + LEAP,
      Home: 0,
      End: heard,
    };
    const wanted = to[event.key];
    if (wanted === undefined) return;
    event.preventDefault();
    seek(wanted);
  });

  return {
    playWhole: (source) => {
      const [at, wasPlaying] = [audio.currentTime, !audio.paused];
      heard = seconds;
      root.querySelector("#wave-heard rect")?.setAttribute("width", String(width));
      audio.src = source;
      audio.addEventListener("loadedmetadata", () => seek(at), { once: true });
      if (wasPlaying) audio.play().catch(options.onProblem);
    },
  };
};
