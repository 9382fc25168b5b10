import { z } from "zod";
import { defineProvider } from "../define.ts";
import type { CallContext, PollOutcome, StartOutcome, VideoProvider, VideoSpec } from "../media.ts";
import {
  callVendor,
  isTall,
  openMedia,
  refused,
  smallestAtLeast,
  toBase64,
  unavailable,
  type VendorConfig,
  vendorConfig,
} from "./http.ts";
import { OMNI_JOB, OmniInteractions, saysModerated } from "./omni.ts";

const SECONDS = [4, 6, 8] as const;
/** The API makes 1080p videos only with this duration. */
const HD_SECONDS = 8;

const statusSchema = z.object({
  code: z.number().optional(),
  message: z.string().optional(),
  status: z.string().optional(),
});
const operationSchema = z.object({
  name: z.string().optional(),
  done: z.boolean().optional(),
  error: statusSchema.optional(),
  response: z
    .object({
      generateVideoResponse: z
        .object({
          generatedSamples: z.array(z.object({ video: z.object({ uri: z.string() }) })).optional(),
          raiMediaFilteredReasons: z.array(z.string()).optional(),
        })
        .optional(),
    })
    .optional(),
});

/** Form of an operation name. It becomes part of a URL that gets our key, so any other name is rejected. */
const OPERATION = /^models\/[\w.-]+\/operations\/[\w.-]+$/;

/** Google's Gemini API: Veo uses long-running operations, its successor Gemini Omni uses interactions. */
class VeoProvider implements VideoProvider {
  readonly name = "veo";
  readonly repeatable = false;
  readonly pollSeconds = 10;
  private readonly omni: OmniInteractions;

  constructor(private readonly config: VendorConfig) {
    this.omni = new OmniInteractions(config, this.authorization);
  }

  async start(spec: VideoSpec, context: CallContext): Promise<StartOutcome> {
    if (spec.model.startsWith("gemini-omni")) return this.omni.start(spec, context);
    const answer = await callVendor(`${this.config.baseUrl}/v1beta/models/${spec.model}:predictLongRunning`, {
      method: "POST",
      headers: { ...this.authorization, "content-type": "application/json" },
      body: JSON.stringify({
        instances: [
          {
            prompt: spec.prompt,
            ...(spec.image && {
              image: { bytesBase64Encoded: toBase64(spec.image.bytes), mimeType: spec.image.mimeType },
            }),
          },
        ],
        parameters: {
          aspectRatio: isTall(spec.aspectRatio) ? "9:16" : "16:9",
          resolution: spec.hd ? "1080p" : "720p",
          durationSeconds: spec.hd ? HD_SECONDS : smallestAtLeast(spec.durationSeconds, SECONDS),
          sampleCount: 1,
          ...(spec.negativePrompt === undefined ? {} : { negativePrompt: spec.negativePrompt }),
          ...(spec.seed === undefined ? {} : { seed: spec.seed }),
        },
      }),
      signal: context.signal,
    });
    if (answer.kind !== "answer") return answer;
    if (answer.status >= 400) {
      const said = z.object({ error: statusSchema }).safeParse(answer.body).data?.error.message ?? "";
      return refused(saysModerated(said) ? "moderated" : "invalid", said);
    }
    const { name } = operationSchema.safeParse(answer.body).data ?? {};
    if (!name || !OPERATION.test(name)) return unavailable("unknown", "the response is not an operation");
    return { kind: "started", job: name };
  }

  async poll(job: string, context: CallContext): Promise<PollOutcome> {
    if (OMNI_JOB.test(job)) return this.omni.poll(job, context);
    if (!OPERATION.test(job)) return refused("provider_failed", "the job id is not an operation name");
    const url = `${this.config.baseUrl}/v1beta/${job}`;
    const answer = await callVendor(url, {
      method: "GET",
      headers: this.authorization,
      signal: context.signal,
    });
    if (answer.kind !== "answer") return answer;
    if (answer.status >= 400) return refused("provider_failed", `the job no longer exists: ${answer.status}`);
    const operation = operationSchema.safeParse(answer.body);
    if (!operation.success) return unavailable("no", "the response is not an operation");
    const { done, error, response } = operation.data;
    if (!done) return { kind: "running" };
    if (error) {
      const said = `${error.status ?? ""} ${error.message ?? ""}`;
      return refused(saysModerated(said) ? "moderated" : "provider_failed", said);
    }
    const { generatedSamples = [], raiMediaFilteredReasons = [] } = response?.generateVideoResponse ?? {};
    const uri = generatedSamples[0]?.video.uri;
    if (uri === undefined) {
      return raiMediaFilteredReasons.length > 0
        ? refused("moderated", raiMediaFilteredReasons.join("; "))
        : refused("provider_failed", "the operation is done without a video");
    }
    // The download URL needs our key. `openMedia` sends the key only to Google's API origin.
    return {
      kind: "finished",
      media: { open: (until) => openMedia(uri, this.config, this.authorization, until) },
    };
  }

  async cancel(job: string, context: CallContext): Promise<void> {
    // Veo operations cannot be cancelled. They continue, and their result is not downloaded.
    if (OMNI_JOB.test(job)) await this.omni.cancel(job, context);
  }

  async listModels({ signal }: CallContext): Promise<readonly string[] | undefined> {
    const url = `${this.config.baseUrl}/v1beta/models?pageSize=1000`;
    const answer = await callVendor(url, { method: "GET", headers: this.authorization, signal });
    if (answer.kind !== "answer") return undefined;
    const listed = z.object({ models: z.array(z.object({ name: z.string() })) }).safeParse(answer.body);
    return listed.data?.models.map(({ name }) => name.replace(/^models\//, ""));
  }

  private get authorization() {
    return { "x-goog-api-key": this.config.apiKey };
  }
}

/** As of 2026-11-20. */
export const veo = defineProvider({
  name: "veo",
  label: "VEO (Google)",
  settings: ["GEMINI_API_KEY", "GEMINI_API_URL"],
  models: {
    video: [
      {
        id: "veo-3.1",
        vendorModel: "veo-3.1-generate-preview",
        aliases: ["veo", "veo-2", "veo-2.0", "veo-3", "veo-3.0", "veo-3.1-generate-preview"],
        maxSeconds: 8,
        successor: "gemini-omni",
      },
      {
        id: "veo-3.1-fast",
        vendorModel: "veo-3.1-fast-generate-preview",
        aliases: ["veo-fast", "veo-3-fast"],
        maxSeconds: 8,
        successor: "gemini-omni",
      },
      {
        id: "gemini-omni",
        vendorModel: "gemini-omni-1.1-flash",
        aliases: ["gemini-omni-1.1-flash", "omni"],
        maxSeconds: 10,
      },
    ],
  },
  create: (s) => {
    const config = vendorConfig(
      s.GEMINI_API_KEY,
      s.GEMINI_API_URL ?? "https://generativelanguage.googleapis.com",
    );
    return config && { video: new VeoProvider(config) };
  },
});
