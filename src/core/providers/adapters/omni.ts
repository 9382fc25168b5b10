import { z } from "zod";
import type { CallContext, OpenedMedia, PollOutcome, StartOutcome, VideoSpec } from "../media.ts";
import { callVendor, isTall, openMedia, refused, toBase64, unavailable, type VendorConfig } from "./http.ts";

/** Job ids of Gemini Omni. Those of Veo have the form `models/…/operations/…`. */
export const OMNI_JOB = /^interactions\/[\w.-]+$/;

const MIN_SECONDS = 3;
const MAX_SECONDS = 10;

const interactionSchema = z.object({
  id: z.string().regex(/^[\w.-]+$/),
  status: z.enum([
    "queued",
    "in_progress",
    "requires_action",
    "completed",
    "failed",
    "cancelled",
    "incomplete",
    "budget_exceeded",
  ]),
  error: z
    .object({ code: z.union([z.string(), z.number()]).optional(), message: z.string().optional() })
    .nullish(),
  steps: z
    .array(
      z.object({
        type: z.string(),
        content: z
          .array(
            z.object({
              type: z.string(),
              uri: z.string().optional(),
              data: z.string().optional(),
              mime_type: z.string().optional(),
            }),
          )
          .optional(),
      }),
    )
    .optional(),
});

type Interaction = z.output<typeof interactionSchema>;

/** Google reports a refusal by its safety rules only in the text of the error message. */
export const saysModerated = (text: string): boolean =>
  /safety|responsible ai|\brai\b|policy|prohibited|blocked/i.test(text);

const videoOf = ({ steps = [] }: Interaction) =>
  steps
    .filter(({ type }) => type === "model_output")
    .flatMap(({ content = [] }) => content)
    .find(({ type, uri, data }) => type === "video" && (uri !== undefined || data !== undefined));

const openInline = (data: string, contentType: string): OpenedMedia => {
  const bytes = Buffer.from(data, "base64");
  return { body: new Blob([bytes]).stream(), contentType, contentLength: bytes.length };
};

/** Gemini Omni, the successor of Veo. Its jobs are background interactions. */
export class OmniInteractions {
  constructor(
    private readonly config: VendorConfig,
    private readonly authorization: Record<string, string>,
  ) {}

  async start(spec: VideoSpec, { signal }: CallContext): Promise<StartOutcome> {
    const prompt = spec.negativePrompt ? `${spec.prompt}\nAvoid: ${spec.negativePrompt}` : spec.prompt;
    const answer = await callVendor(`${this.config.baseUrl}/v1beta/interactions`, {
      method: "POST",
      headers: { ...this.authorization, "content-type": "application/json" },
      body: JSON.stringify({
        model: spec.model,
        input: spec.image
          ? [
              { type: "text", text: prompt },
              { type: "image", data: toBase64(spec.image.bytes), mime_type: spec.image.mimeType },
            ]
          : prompt,
        background: true,
        response_format: {
          type: "video",
          aspect_ratio: isTall(spec.aspectRatio) ? "9:16" : "16:9",
          resolution: spec.hd ? "1080p" : "720p",
          duration: `${Math.min(MAX_SECONDS, Math.max(MIN_SECONDS, Math.ceil(spec.durationSeconds)))}s`,
          delivery: "uri",
        },
      }),
      signal,
    });
    if (answer.kind !== "answer") return answer;
    if (answer.status >= 400) {
      const said =
        z.object({ error: z.object({ message: z.string() }) }).safeParse(answer.body).data?.error.message ??
        "";
      return refused(saysModerated(said) ? "moderated" : "invalid", said);
    }
    const interaction = interactionSchema.safeParse(answer.body);
    if (!interaction.success) return unavailable("unknown", "the response is not an interaction");
    return { kind: "started", job: `interactions/${interaction.data.id}` };
  }

  async poll(job: string, { signal }: CallContext): Promise<PollOutcome> {
    const url = `${this.config.baseUrl}/v1beta/${job}`;
    const answer = await callVendor(url, { method: "GET", headers: this.authorization, signal });
    if (answer.kind !== "answer") return answer;
    if (answer.status >= 400) return refused("provider_failed", `the job no longer exists: ${answer.status}`);
    const interaction = interactionSchema.safeParse(answer.body);
    if (!interaction.success) return unavailable("no", "the response is not an interaction");
    return this.outcomeOf(interaction.data);
  }

  async cancel(job: string, { signal }: CallContext): Promise<void> {
    await callVendor(`${this.config.baseUrl}/v1beta/${job}/cancel`, {
      method: "POST",
      headers: this.authorization,
      signal,
    });
  }

  private outcomeOf(interaction: Interaction): PollOutcome {
    const said = `${interaction.status} ${interaction.error?.code ?? ""} ${interaction.error?.message ?? ""}`;
    switch (interaction.status) {
      case "queued":
      case "in_progress":
        return { kind: "running" };
      case "cancelled":
        return { kind: "cancelled" };
      case "budget_exceeded":
        return refused("provider_account", said);
      case "failed":
        return refused(
          saysModerated(interaction.error?.message ?? "") ? "moderated" : "provider_failed",
          said,
        );
      // There is no user to supply the required action, and an incomplete video is not usable.
      case "requires_action":
      case "incomplete":
        return refused("provider_failed", said);
      case "completed": {
        const video = videoOf(interaction);
        if (!video) return refused("provider_failed", "the job completed without a video");
        const { uri, data = "", mime_type = "video/mp4" } = video;
        return {
          kind: "finished",
          media: {
            open: async (until) =>
              uri === undefined
                ? openInline(data, mime_type)
                : openMedia(uri, this.config, this.authorization, until),
          },
        };
      }
    }
  }
}
