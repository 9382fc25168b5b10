import { z } from "zod";
import type { Failure } from "../../../../../lib/domain-error.ts";
import { err, ok, type Result } from "../../../../../lib/result.ts";
import { primaryLanguage, type Recogniser, type Transcript } from "./spec.ts";

const MODEL = "@cf/openai/whisper-large-v3-turbo";

/** The part of Cloudflare's AI binding that is used here. The binding exists in production only. */
export interface SpeechBinding {
  readonly run: (
    model: string,
    input: Record<string, unknown>,
    options?: { readonly signal?: AbortSignal },
  ) => Promise<unknown>;
}

const answerSchema = z.object({
  text: z.string(),
  transcription_info: z.object({ language: z.string().optional() }).optional(),
  segments: z.array(z.object({ start: z.number(), end: z.number(), text: z.string() })).optional(),
});

/** Speech recognition with Whisper on Workers AI. */
export class WorkersAiRecogniser implements Recogniser {
  constructor(private readonly ai: SpeechBinding) {}

  async recognise(
    wav: Uint8Array<ArrayBuffer>,
    tag: string | undefined,
    signal: AbortSignal,
  ): Promise<Result<Transcript, Failure<"ai_failed" | "ai_unavailable">>> {
    const language = primaryLanguage(tag);
    try {
      const audio = Buffer.from(wav).toString("base64");
      const said = await this.ai.run(MODEL, { audio, ...(language ? { language } : {}) }, { signal });
      const answer = answerSchema.safeParse(said).data;
      if (!answer)
        return err({
          code: "ai_failed",
          detail: "the speech recognition provider returned no valid transcript",
          isOurs: true,
        });
      return ok({
        text: answer.text.trim(),
        confidence: null,
        segments: (answer.segments ?? []).map(({ start, end, text }) => ({ start, end, text: text.trim() })),
        language: answer.transcription_info?.language ?? language ?? "",
        model: MODEL,
      });
    } catch {
      return err({ code: "ai_unavailable" });
    }
  }
}
