import { SECOND_MS } from "../../../../lib/clock.ts";
import type { Failure } from "../../../../lib/domain-error.ts";
import { err, ok, type Result } from "../../../../lib/result.ts";
import { type AudioFormat, readAudio, type Sound, toMono, writeAudio, writeWav } from "./audio.ts";
import { denoise } from "./denoise.ts";
import { normalize } from "./loudness.ts";
import { estimateEmotion } from "./prosody.ts";
import type { EmotionClassifier, Recogniser, Transcript } from "./recognisers/spec.ts";
import { resample } from "./resample.ts";

const CALL_TIMEOUT_MS = 60 * SECOND_MS;

export const ENHANCEMENTS = ["denoise", "normalize"] as const;
export type Enhancement = (typeof ENHANCEMENTS)[number];

/** Audio as a client sent it, not decoded yet. */
export interface AudioInput {
  readonly bytes: Uint8Array;
  readonly format: AudioFormat;
  readonly sampleRate: number | undefined;
}

export interface EmotionResult {
  readonly emotion: string;
  readonly confidence: number;
  readonly scores: Readonly<Record<string, number>>;
  readonly model: string;
}

/** The sample rate that recognisers and classifiers are trained on, in Hz. */
const LISTENER_RATE = 16_000;

/**
 * Reduces audio to the mono channel and sample rate that speech models use, so that no useless bytes are sent to
 * them.
 */
const forListener = (sound: Sound): Sound => {
  const sampleRate = Math.min(sound.sampleRate, LISTENER_RATE);
  return { sampleRate, channels: [resample(toMono(sound), sound.sampleRate, sampleRate)] };
};

/** Speech recognition, emotion detection and audio enhancement. */
export class Speech {
  constructor(
    private readonly recogniser: Recogniser | undefined,
    private readonly classifier: EmotionClassifier | undefined,
  ) {}

  async recognise(
    audio: AudioInput,
    language: string | undefined,
  ): Promise<Result<Transcript, Failure<"ai_failed" | "ai_unavailable">>> {
    const sound = await readAudio(audio.bytes, audio.format, audio.sampleRate);
    if (!sound.ok) return sound;
    if (!this.recogniser) return err({ code: "ai_unavailable" });
    return this.recogniser.recognise(
      writeWav(forListener(sound.value)),
      language,
      AbortSignal.timeout(CALL_TIMEOUT_MS),
    );
  }

  async emotion(audio: AudioInput): Promise<Result<EmotionResult, Failure<"ai_failed" | "ai_unavailable">>> {
    const sound = await readAudio(audio.bytes, audio.format, audio.sampleRate);
    if (!sound.ok) return sound;
    if (this.classifier) {
      const signal = AbortSignal.timeout(CALL_TIMEOUT_MS);
      const classified = await this.classifier.classify(writeWav(forListener(sound.value)), signal);
      if (!classified.ok) return classified;
      const { scores, model } = classified.value;
      const [emotion = "", confidence = 0] =
        Object.entries(scores).toSorted(([, a], [, b]) => b - a)[0] ?? [];
      return ok({ emotion, confidence, scores, model });
    }
    const estimate = estimateEmotion(sound.value);
    return estimate
      ? ok({ ...estimate, model: "prosody" })
      : err({ code: "ai_failed", detail: "no speech was found in the audio", isOurs: false });
  }

  async enhance(
    audio: AudioInput,
    enhancement: Enhancement,
  ): Promise<Result<{ bytes: Uint8Array; sampleRate: number }, Failure<"ai_failed">>> {
    const sound = await readAudio(audio.bytes, audio.format, audio.sampleRate);
    if (!sound.ok) return sound;
    const better = enhancement === "denoise" ? await denoise(sound.value) : normalize(sound.value);
    return ok({ bytes: writeAudio(better, audio.format), sampleRate: better.sampleRate });
  }
}
