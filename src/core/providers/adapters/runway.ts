import { z } from "zod";
import { defineProvider } from "../define.ts";
import type { CallContext, PollOutcome, StartOutcome, VideoProvider, VideoSpec } from "../media.ts";
import {
  callVendor,
  isTall,
  openMedia,
  refused,
  toBase64,
  unavailable,
  type VendorConfig,
  vendorConfig,
} from "./http.ts";

const VERSION = "2024-11-06";
const MIN_SECONDS = 2;
const MAX_SECONDS = 10;
/** Runway's limit in UTF-16 units. A longer prompt is cut at the end, because its beginning matters most. */
const MAX_PROMPT = 1_000;

const taskSchema = z.object({
  id: z.string().min(1),
  status: z.enum(["PENDING", "THROTTLED", "RUNNING", "SUCCEEDED", "FAILED", "CANCELLED"]),
  progress: z.number().nullish(),
  output: z.array(z.string()).nullish(),
  failure: z.string().nullish(),
  failureCode: z.string().nullish(),
});

/** Cuts a prompt to the limit without splitting a surrogate pair. */
const cutPrompt = (prompt: string): string =>
  prompt.length <= MAX_PROMPT ? prompt : prompt.slice(0, MAX_PROMPT).replace(/[\ud800-\udbff]$/, "");

/** Runway's API. */
class RunwayProvider implements VideoProvider {
  readonly name = "runway";
  readonly repeatable = false;
  /** Runway asks clients not to poll more often. */
  readonly pollSeconds = 5;

  constructor(private readonly config: VendorConfig) {}

  async start(spec: VideoSpec, { signal }: CallContext): Promise<StartOutcome> {
    const path = spec.image ? "image_to_video" : "text_to_video";
    const answer = await callVendor(`${this.config.baseUrl}/v1/${path}`, {
      method: "POST",
      headers: { ...this.headers, "content-type": "application/json" },
      body: JSON.stringify({
        model: spec.model,
        promptText: cutPrompt(spec.prompt),
        ratio: isTall(spec.aspectRatio) ? "720:1280" : "1280:720",
        duration: Math.min(MAX_SECONDS, Math.max(MIN_SECONDS, Math.ceil(spec.durationSeconds))),
        ...(spec.seed === undefined ? {} : { seed: spec.seed }),
        ...(spec.image && {
          promptImage: `data:${spec.image.mimeType};base64,${toBase64(spec.image.bytes)}`,
        }),
      }),
      signal,
    });
    if (answer.kind !== "answer") return answer;
    if (answer.status >= 400) {
      const said = z.object({ error: z.string() }).safeParse(answer.body).data?.error ?? "";
      return refused(/moderation|safety|content policy/i.test(said) ? "moderated" : "invalid", said);
    }
    const task = z.object({ id: z.string().min(1) }).safeParse(answer.body);
    return task.success
      ? { kind: "started", job: task.data.id }
      : unavailable("unknown", "the response is not a task");
  }

  async poll(job: string, { signal }: CallContext): Promise<PollOutcome> {
    const answer = await callVendor(this.urlOf(job), { method: "GET", headers: this.headers, signal });
    if (answer.kind !== "answer") return answer;
    if (answer.status >= 400) return refused("provider_failed", `the job no longer exists: ${answer.status}`);
    const task = taskSchema.safeParse(answer.body);
    if (!task.success) return unavailable("no", "the response is not a task");
    const { status, progress, output, failure, failureCode } = task.data;
    switch (status) {
      case "PENDING":
      case "THROTTLED":
        return { kind: "running" };
      case "RUNNING":
        return { kind: "running", ...(progress == null ? {} : { progress: Math.floor(progress * 100) }) };
      case "CANCELLED":
        return { kind: "cancelled" };
      case "FAILED": {
        const code = failureCode ?? "";
        return refused(
          code.startsWith("SAFETY") ? "moderated" : "provider_failed",
          `${code} ${failure ?? ""}`,
        );
      }
      case "SUCCEEDED": {
        const url = output?.[0];
        if (!url) return refused("provider_failed", "the job succeeded without a video");
        // The URL belongs to a storage host, which must not receive our API key.
        return { kind: "finished", media: { open: (until) => openMedia(url, this.config, {}, until) } };
      }
    }
  }

  async cancel(job: string, { signal }: CallContext): Promise<void> {
    await callVendor(this.urlOf(job), { method: "DELETE", headers: this.headers, signal });
  }

  /** Runway's API has no list of models. */
  async listModels(): Promise<undefined> {
    return undefined;
  }

  private get headers() {
    return { authorization: `Bearer ${this.config.apiKey}`, "x-runway-version": VERSION };
  }

  private urlOf(job: string): string {
    return `${this.config.baseUrl}/v1/tasks/${encodeURIComponent(job)}`;
  }
}

/** As of 2026-11-20. */
export const runway = defineProvider({
  name: "runway",
  label: "Runway ML",
  settings: ["RUNWAY_API_KEY", "RUNWAY_API_URL"],
  models: {
    video: [
      {
        id: "gen-4.5",
        vendorModel: "gen4.5",
        aliases: ["gen4.5", "gen-4", "gen4", "gen-3", "gen3", "gen-3-alpha", "runway"],
        maxSeconds: 10,
        isPlain: true,
      },
    ],
  },
  create: (s) => {
    const config = vendorConfig(s.RUNWAY_API_KEY, s.RUNWAY_API_URL ?? "https://api.dev.runwayml.com");
    return config && { video: new RunwayProvider(config) };
  },
});
