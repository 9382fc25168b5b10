import { z } from "zod";
import type { Failure } from "../../../../../lib/domain-error.ts";
import { err, ok, type Result } from "../../../../../lib/result.ts";
import type { EmotionClassifier } from "./spec.ts";

const scoresSchema = z.array(z.object({ label: z.string(), score: z.number() })).min(1);

/** Audio classification over the API of Hugging Face. A model that is still loading counts as unavailable. */
export class HuggingFaceClassifier implements EmotionClassifier {
  constructor(
    private readonly config: { readonly baseUrl: string; readonly apiKey: string; readonly model: string },
  ) {}

  async classify(
    wav: Uint8Array<ArrayBuffer>,
    signal: AbortSignal,
  ): Promise<
    Result<{ scores: Record<string, number>; model: string }, Failure<"ai_failed" | "ai_unavailable">>
  > {
    const { baseUrl, apiKey, model } = this.config;
    try {
      const response = await fetch(`${baseUrl}/models/${model}`, {
        method: "POST",
        headers: { authorization: `Bearer ${apiKey}`, "content-type": "audio/wav" },
        body: wav,
        redirect: "manual",
        signal,
      });
      if (response.status === 400)
        return err({
          code: "ai_failed",
          detail: "the emotion classifier rejected this audio",
          isOurs: false,
        });
      if (!response.ok) return err({ code: "ai_unavailable" });
      const scores = scoresSchema.safeParse(await response.json()).data;
      if (!scores)
        return err({
          code: "ai_failed",
          detail: "the emotion classifier returned no list of scores",
          isOurs: true,
        });
      return ok({ scores: Object.fromEntries(scores.map(({ label, score }) => [label, score])), model });
    } catch {
      return err({ code: "ai_unavailable" });
    }
  }
}
