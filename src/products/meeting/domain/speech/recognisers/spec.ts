import type { Failure } from "../../../../../lib/domain-error.ts";
import type { Result } from "../../../../../lib/result.ts";

export interface Transcript {
  readonly text: string;
  /** From 0 to 1; null if the provider does not report it. */
  readonly confidence: number | null;
  /** Start and end are in seconds. */
  readonly segments: readonly { readonly start: number; readonly end: number; readonly text: string }[];
  readonly language: string;
  readonly model: string;
}

/** A provider that turns speech into text. */
export interface Recogniser {
  /** `language` is a BCP 47 tag; without one, the model detects the language. */
  readonly recognise: (
    wav: Uint8Array<ArrayBuffer>,
    language: string | undefined,
    signal: AbortSignal,
  ) => Promise<Result<Transcript, Failure<"ai_failed" | "ai_unavailable">>>;
}

/** `scores` is 0 to 1 by label. */
export interface Classification {
  readonly scores: Readonly<Record<string, number>>;
  readonly model: string;
}

/** A provider that classifies the emotion of a voice. The labels are the provider's own. */
export interface EmotionClassifier {
  readonly classify: (
    wav: Uint8Array<ArrayBuffer>,
    signal: AbortSignal,
  ) => Promise<Result<Classification, Failure<"ai_failed" | "ai_unavailable">>>;
}

/** Returns the language of a BCP 47 tag (`zh` for `zh-CN`), because speech models do not know the other subtags. */
export const primaryLanguage = (tag: string | undefined): string | undefined =>
  tag?.split(/[-_]/)[0]?.toLowerCase() || undefined;
