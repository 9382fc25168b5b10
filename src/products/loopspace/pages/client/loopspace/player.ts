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
  /** What is as wide as the track is played. */
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
  /** Of the whole track. */
  readonly seconds: number;
  /** What can be heard of it. */
  readonly heard: number;
  /** Called as it goes on, with the seconds that were really listened to since the last time. */
  readonly onListened: (seconds: number) => void;
  /** It came to the end of what can be heard. */
  readonly onCut: () => void;
  readonly onProblem: () => void;
}

export interface Player {
  /** Goes on with another file of the same track, all of which can be heard. */
  readonly playWhole: (source: string) => void;
}

/** Makes the waveform the player of its page: pressed, dragged or by keys, as a slider is. */
export const startPlayer = (root: HTMLElement, options: PlayerOptions): Player | undefined => {
  const parts = partsIn(root);
  if (!parts) return undefined;
  const { audio, button, slider, played, clock } = parts;
  const { seconds } = options;
  const width = Number(played.dataset.played);
  let { heard } = options;
  let before = 0;
  /** Where a finger is that has not let go. */
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
  // A preview ends with a frame of sound, which may be before its length in round figures.
  audio.addEventListener("ended", () => heard < seconds && options.onCut());
  audio.addEventListener("error", options.onProblem);
  audio.addEventListener("timeupdate", () => {
    const passed = audio.currentTime - before;
    before = audio.currentTime;
    // A leap is no listening.
    if (passed > 0 && passed < 2 && !audio.paused) options.onListened(passed);
    if (audio.currentTime >= heard && heard < seconds && !audio.paused) {
      audio.pause();
      options.onCut();
    }
    show();
  });

  // One request a seek, however long the way to it is.
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
