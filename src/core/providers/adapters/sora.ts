import { z } from "zod";
import { versionedUrl } from "../../../lib/provider-url.ts";
import { defineProvider } from "../define.ts";
import type { CallContext, PollOutcome, StartOutcome, VideoProvider, VideoSpec } from "../media.ts";
import {
  callVendor,
  isTall,
  listOpenAiModels,
  openMedia,
  refused,
  smallestAtLeast,
  unavailable,
  type VendorConfig,
  vendorConfig,
} from "./http.ts";

/** Durations that the API accepts, in seconds, ascending. */
const SECONDS = [4, 8, 12] as const;

const sizeOf = ({ aspectRatio, hd }: VideoSpec): string => {
  const [long, short] = hd ? [1792, 1024] : [1280, 720];
  return isTall(aspectRatio) ? `${short}x${long}` : `${long}x${short}`;
};

const errorSchema = z.object({ code: z.string().nullish(), message: z.string().nullish() });
const videoSchema = z.object({
  id: z.string().min(1),
  status: z.enum(["queued", "in_progress", "completed", "failed"]),
  progress: z.number().nullish(),
  error: errorSchema.nullish(),
});
const failureSchema = z.object({ error: errorSchema });

const isModeration = (code: string): boolean => /moderation|content_policy|safety|sensitive/i.test(code);

const refusalOf = (body: unknown, fallback: "invalid" | "provider_failed") => {
  const said = failureSchema.safeParse(body).data?.error;
  const text = `${said?.code ?? ""} ${said?.message ?? ""}`;
  return refused(isModeration(text) ? "moderated" : fallback, text);
};

/**
 * The wire format of OpenAI's Videos API. OpenAI shut that API down on 2026-09-24, so a compatible gateway has to be
 * configured. It has no seed and no negative prompt, and a job can be cancelled only by deleting it.
 */
export class SoraProvider implements VideoProvider {
  readonly repeatable = false;
  readonly pollSeconds = 5;

  constructor(
    private readonly config: VendorConfig,
    readonly name: string = "sora",
  ) {}

  async start(spec: VideoSpec, { signal }: CallContext): Promise<StartOutcome> {
    const form = new FormData();
    form.set("model", spec.model);
    form.set("prompt", spec.prompt);
    form.set("seconds", String(smallestAtLeast(spec.durationSeconds, SECONDS)));
    form.set("size", sizeOf(spec));
    if (spec.image)
      form.set("input_reference", new File([spec.image.bytes], "reference", { type: spec.image.mimeType }));
    const answer = await callVendor(`${versionedUrl(this.config.baseUrl)}/videos`, {
      method: "POST",
      // Not every gateway supports this header, so the provider is still not `repeatable`.
      headers: { ...this.authorization, "idempotency-key": spec.taskId },
      body: form,
      signal,
    });
    if (answer.kind !== "answer") return answer;
    if (answer.status >= 400) return refusalOf(answer.body, "invalid");
    const video = videoSchema.safeParse(answer.body);
    if (!video.success) return unavailable("unknown", "the response is not a video");
    return { kind: "started", job: video.data.id };
  }

  async poll(job: string, { signal }: CallContext): Promise<PollOutcome> {
    const answer = await callVendor(this.urlOf(job), { method: "GET", headers: this.authorization, signal });
    if (answer.kind !== "answer") return answer;
    if (answer.status === 404) return refused("provider_failed", "the job no longer exists");
    if (answer.status >= 400) return refusalOf(answer.body, "provider_failed");
    const video = videoSchema.safeParse(answer.body);
    if (!video.success) return unavailable("no", "the response is not a video");
    const { status, progress } = video.data;
    if (status === "failed") return refusalOf(answer.body, "provider_failed");
    if (status === "completed") {
      const url = `${this.urlOf(job)}/content`;
      return {
        kind: "finished",
        media: {
          open: (until) => openMedia(url, this.config, this.authorization, until),
          openThumbnail: (until) =>
            openMedia(`${url}?variant=thumbnail`, this.config, this.authorization, until),
        },
      };
    }
    return { kind: "running", ...(progress == null ? {} : { progress }) };
  }

  async cancel(job: string, { signal }: CallContext): Promise<void> {
    await callVendor(this.urlOf(job), { method: "DELETE", headers: this.authorization, signal });
  }

  listModels({ signal }: CallContext): Promise<readonly string[] | undefined> {
    return listOpenAiModels(this.config, signal);
  }

  private get authorization() {
    return { authorization: `Bearer ${this.config.apiKey}` };
  }

  private urlOf(job: string): string {
    return `${versionedUrl(this.config.baseUrl)}/videos/${encodeURIComponent(job)}`;
  }
}

/**
 * As of 2026-11-20. OpenAI shut down its Videos API on 2026-09-24. This provider uses that API's wire format with the
 * compatible gateway that is configured.
 */
export const sora = defineProvider({
  name: "sora",
  label: "SORA (OpenAI)",
  settings: ["SORA_API_KEY", "SORA_API_URL"],
  models: {
    video: [
      {
        id: "sora-2",
        vendorModel: "sora-2",
        aliases: ["sora", "sora-1", "sora-1.0", "sora-turbo", "sora2"],
        maxSeconds: 12,
      },
      {
        id: "sora-2-pro",
        vendorModel: "sora-2-pro",
        aliases: ["sora-pro", "sora-1.0-pro"],
        maxSeconds: 12,
      },
    ],
  },
  create: (s) => {
    const config = vendorConfig(s.SORA_API_KEY, s.SORA_API_URL);
    return config && { video: new SoraProvider(config) };
  },
});
