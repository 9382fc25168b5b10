import type { Result } from "../../../lib/result.ts";

export interface Transcript {
  readonly text: string;
  /** 0 to 1, where the service says; null where it does not. */
  readonly confidence: number | null;
  /** Seconds. */
  readonly segments: readonly { readonly start: number; readonly end: number; readonly text: string }[];
  readonly language: string;
  readonly model: string;
}

/** Makes text of speech. */
export interface Recogniser {
  /** `language` is a BCP 47 tag; where there is none the model finds out. */
  readonly recognise: (
    wav: Uint8Array<ArrayBuffer>,
    language: string | undefined,
    signal: AbortSignal,
  ) => Promise<Result<Transcript>>;
}

/** Says what a voice sounds like. Labels are the service's own. */
export interface EmotionClassifier {
  readonly classify: (
    wav: Uint8Array<ArrayBuffer>,
    signal: AbortSignal,
  ) => Promise<Result<{ readonly scores: Readonly<Record<string, number>>; readonly model: string }>>;
}

/** Of a BCP 47 tag (`zh-CN`) the language alone (`zh`): models of speech know no more of it. */
export const primaryLanguage = (tag: string | undefined): string | undefined =>
  tag?.split(/[-_]/)[0]?.toLowerCase() || undefined;
