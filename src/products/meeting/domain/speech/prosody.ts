import { PitchDetector } from "pitchy";
import { type Sound, toMono } from "./audio.ts";
import { resample } from "./resample.ts";

export const EMOTIONS = ["neutral", "happy", "sad", "angry", "fearful", "calm"] as const;
export type Emotion = (typeof EMOTIONS)[number];

export interface EmotionEstimate {
  readonly emotion: Emotion;
  readonly confidence: number;
  readonly scores: Readonly<Record<Emotion, number>>;
}

const RATE = 16_000;
const FRAME = 1_024;
const HOP = 256;
/** Minimum confidence of the detector that a frame has a pitch, and the range of human voices. */
const CLARITY = 0.85;
const VOICE_HZ = { min: 60, max: 500 } as const;
/** Frames below this share of the loudest frame count as silence. */
const SILENCE = 0.1;
/** Upper limit of the confidence, because the sound of a voice is only a hint. */
const MOST_CONFIDENT = 0.6;

/**
 * Position of each emotion between calm and excited (arousal) and between unpleasant and pleasant (valence), from -1
 * to 1.
 */
const PLACES: Readonly<Record<Emotion, readonly [arousal: number, valence: number]>> = {
  neutral: [0, 0],
  happy: [0.6, 0.7],
  sad: [-0.6, -0.6],
  angry: [0.8, -0.7],
  fearful: [0.7, -0.4],
  calm: [-0.5, 0.4],
};

interface Features {
  /** Median distance of the pitch from its median, in semitones. */
  readonly pitchSpread: number;
  /** Median pitch in semitones above 100 Hz. */
  readonly pitch: number;
  /** Median level of the spoken frames, in dB relative to full scale. */
  readonly level: number;
  /** Energy peaks per second, which approximates the rate of syllables. */
  readonly rate: number;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

const clamp = (value: number): number => Math.max(-1, Math.min(1, value));

const featuresOf = (samples: Float32Array): Features | undefined => {
  const detector = PitchDetector.forFloat32Array(FRAME);
  const energies: number[] = [];
  const pitches: number[] = [];
  for (let at = 0; at + FRAME <= samples.length; at += HOP) {
    const frame = samples.subarray(at, at + FRAME);
    energies.push(Math.sqrt(frame.reduce((sum, value) => sum + value * value, 0) / FRAME));
    // Every second frame is enough to follow the pitch.
    if (energies.length % 2 === 0) continue;
    const [hz, clarity] = detector.findPitch(frame, RATE);
    if (clarity >= CLARITY && hz >= VOICE_HZ.min && hz <= VOICE_HZ.max)
      pitches.push(12 * Math.log2(hz / 100));
  }
  const loudest = Math.max(...energies, 0);
  if (loudest < 1e-4 || pitches.length < 5) return undefined;
  const spoken = energies.filter((energy) => energy > SILENCE * loudest);
  let peaks = 0;
  for (let i = 2; i < energies.length - 2; i++) {
    const energy = energies[i] ?? 0;
    const isPeak = [-2, -1, 1, 2].every((step) => energy >= (energies[i + step] ?? 0));
    if (isPeak && energy > 0.3 * loudest) peaks++;
  }
  const middle = median(pitches);
  return {
    pitch: middle,
    pitchSpread: median(pitches.map((pitch) => Math.abs(pitch - middle))),
    level: 20 * Math.log10(median(spoken)),
    rate: peaks / (samples.length / RATE),
  };
};

/**
 * Estimates the emotion from the sound of a voice, not from the words. A high, varied, loud and fast voice counts as
 * excited, and varied pitch that is not loud as rather pleasant. Published results for such rules are little better
 * than chance between similar emotions, so the confidence is kept low. Undefined if there is no speech.
 */
export const estimateEmotion = (sound: Sound): EmotionEstimate | undefined => {
  const features = featuresOf(resample(toMono(sound), sound.sampleRate, RATE));
  if (!features) return undefined;
  const { pitch, pitchSpread, level, rate } = features;
  const arousal = clamp(
    0.35 * clamp((level + 26) / 12) + 0.3 * clamp((pitch - 9) / 8) + 0.35 * clamp((rate - 4) / 3),
  );
  const valence = clamp(0.7 * clamp((pitchSpread - 1.5) / 2) - 0.5 * clamp((level + 16) / 8));
  const raw = EMOTIONS.map((emotion) => {
    const [a, v] = PLACES[emotion];
    return Math.exp(-3 * ((arousal - a) ** 2 + (valence - v) ** 2));
  });
  const total = raw.reduce((sum, value) => sum + value, 0);
  const scores = Object.fromEntries(EMOTIONS.map((emotion, i) => [emotion, (raw[i] ?? 0) / total])) as Record<
    Emotion,
    number
  >;
  const emotion = EMOTIONS.reduce((best, one) => (scores[one] > scores[best] ? one : best));
  return { emotion, confidence: Math.min(MOST_CONFIDENT, scores[emotion]), scores };
};
