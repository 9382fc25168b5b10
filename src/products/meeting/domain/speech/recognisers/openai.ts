import { z } from "zod";
import type { Failure } from "../../../../../lib/domain-error.ts";
import { versionedUrl } from "../../../../../lib/provider-url.ts";
import { err, ok, type Result } from "../../../../../lib/result.ts";
import { primaryLanguage, type Recogniser, type Transcript } from "./spec.ts";

export interface RecogniserConfig {
  /** Without a trailing slash. */
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly model: string;
}

const answerSchema = z.object({
  text: z.string(),
  language: z.string().nullish(),
  segments: z
    .array(
      z.object({ start: z.number(), end: z.number(), text: z.string(), avg_logprob: z.number().nullish() }),
    )
    .nullish(),
});

/** Speech recognition over OpenAI's transcription API, or a provider with a compatible API. */
export class OpenAiRecogniser implements Recogniser {
  constructor(private readonly config: RecogniserConfig) {}

  async recognise(
    wav: Uint8Array<ArrayBuffer>,
    tag: string | undefined,
    signal: AbortSignal,
  ): Promise<Result<Transcript, Failure<"ai_failed" | "ai_unavailable">>> {
    const language = primaryLanguage(tag);
    const form = new FormData();
    form.set("file", new File([wav], "audio.wav", { type: "audio/wav" }));
    form.set("model", this.config.model);
    // Whisper returns segments in `verbose_json`; its successors support only `json`.
    form.set("response_format", this.config.model.startsWith("whisper") ? "verbose_json" : "json");
    if (language) form.set("language", language);
    let response: Response;
    try {
      response = await fetch(`${versionedUrl(this.config.baseUrl)}/audio/transcriptions`, {
        method: "POST",
        headers: { authorization: `Bearer ${this.config.apiKey}` },
        body: form,
        redirect: "manual",
        signal,
      });
    } catch {
      return err({ code: "ai_unavailable" });
    }
    if (response.status === 400 || response.status === 422)
      return err({
        code: "ai_failed",
        detail: "the speech recognition provider rejected this audio",
        isOurs: false,
      });
    const body: unknown = response.ok ? await response.json().catch(() => undefined) : undefined;
    if (!response.ok) return err({ code: "ai_unavailable" });
    const answer = answerSchema.safeParse(body).data;
    if (!answer)
      return err({
        code: "ai_failed",
        detail: "the speech recognition provider returned no valid transcript",
        isOurs: true,
      });
    const segments = answer.segments ?? [];
    const sure = segments.flatMap(({ avg_logprob }) => (avg_logprob == null ? [] : [Math.exp(avg_logprob)]));
    return ok({
      text: answer.text.trim(),
      confidence: sure.length === 0 ? null : sure.reduce((sum, one) => sum + one, 0) / sure.length,
      segments: segments.map(({ start, end, text }) => ({ start, end, text: text.trim() })),
      language: answer.language ?? language ?? "",
      model: this.config.model,
    });
  }
}
