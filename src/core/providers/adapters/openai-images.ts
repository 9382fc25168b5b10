import { z } from "zod";
import { versionedUrl } from "../../../lib/provider-url.ts";
import { defineProvider } from "../define.ts";
import type {
  CallContext,
  GeneratedMedia,
  ImageProvider,
  ImageSpec,
  Refused,
  Unavailable,
} from "../media.ts";
import {
  callVendor,
  listOpenAiModels,
  OPENAI_URL,
  openMedia,
  refused,
  unavailable,
  type VendorConfig,
  vendorConfig,
} from "./http.ts";
import { imagesIn } from "./image-answers.ts";
import { wholePrompt } from "./prompt.ts";

const MAX_PROMPT = 32_000;
const MAX_IMAGE_BYTES = 32 * 1_024 * 1_024;
/** Width and height must be multiples of `STEP`, and their ratio at most `MAX_RATIO`. */
const STEP = 16;
const MAX_RATIO = 3;
const roundUp = (pixels: number): number => Math.ceil(pixels / STEP) * STEP;

/** Returns the smallest allowed size that contains the requested one. */
export const openAiSize = (width: number, height: number): string => {
  const wide = Math.max(width, roundUp(height / MAX_RATIO));
  const high = Math.max(height, roundUp(width / MAX_RATIO));
  return `${roundUp(wide)}x${roundUp(high)}`;
};

const errorSchema = z.object({
  error: z.object({ code: z.string().nullish(), message: z.string().nullish() }),
});

/** OpenAI's Images API and compatible servers. It has no seed, no negative prompt and no strength. */
export class OpenAiImagesProvider implements ImageProvider {
  readonly repeatable = false;

  constructor(
    readonly name: string,
    private readonly config: VendorConfig,
  ) {}

  /** Some servers return fewer images than requested, so the missing ones are requested again. */
  async make(spec: ImageSpec, { signal }: CallContext) {
    const media: GeneratedMedia[] = [];
    while (media.length < spec.count) {
      const made = await this.makeSome({ ...spec, count: spec.count - media.length }, signal);
      if (made.kind !== "made") return made;
      media.push(...made.media);
    }
    return { kind: "made" as const, media };
  }

  private async makeSome(spec: ImageSpec, signal: AbortSignal) {
    const answer = spec.input ? await this.edit(spec, signal) : await this.generate(spec, signal);
    if (answer.kind !== "answer") return answer;
    if (answer.status >= 400) {
      const said = errorSchema.safeParse(answer.body).data?.error;
      const text = `${said?.code ?? ""} ${said?.message ?? ""}`;
      return refused(/moderation|content_policy|safety/i.test(text) ? "moderated" : "invalid", text);
    }
    const found = answer.image ? [{ bytes: answer.image }] : imagesIn(answer.body);
    if (found.length === 0) return unavailable("unknown", "the response contains no images");
    const media: GeneratedMedia[] = [];
    for (const image of found.slice(0, spec.count)) {
      const bytes = "bytes" in image ? image.bytes : await this.download(image.url, signal);
      if ("kind" in bytes) return bytes;
      media.push({ bytes, contentType: "image/png" });
    }
    return { kind: "made" as const, media };
  }

  listModels({ signal }: CallContext): Promise<readonly string[] | undefined> {
    return listOpenAiModels(this.config, signal);
  }

  private generate(spec: ImageSpec, signal: AbortSignal) {
    return callVendor(`${versionedUrl(this.config.baseUrl)}/images/generations`, {
      method: "POST",
      headers: { ...this.authorization, "content-type": "application/json" },
      body: JSON.stringify({ ...this.fieldsOf(spec), n: spec.count }),
      signal,
    });
  }

  private edit(spec: ImageSpec, signal: AbortSignal) {
    const { input } = spec;
    const form = new FormData();
    for (const [name, value] of Object.entries({ ...this.fieldsOf(spec), n: spec.count }))
      form.set(name, String(value));
    if (input) form.set("image", new File([input.bytes], "image", { type: input.mimeType }));
    return callVendor(`${versionedUrl(this.config.baseUrl)}/images/edits`, {
      method: "POST",
      headers: this.authorization,
      body: form,
      signal,
    });
  }

  /** `quality` is sent to OpenAI only, because compatible servers may reject an unknown field. */
  private fieldsOf(spec: ImageSpec) {
    const common = {
      model: spec.model,
      prompt: wholePrompt(spec).slice(0, MAX_PROMPT),
      size: openAiSize(spec.width, spec.height),
    };
    return this.name === "dalle" ? { ...common, quality: spec.hd ? "high" : "medium" } : common;
  }

  private async download(url: string, signal: AbortSignal): Promise<Uint8Array | Refused | Unavailable> {
    const opened = await openMedia(url, this.config, {}, signal);
    if ("kind" in opened)
      return { ...opened, ...(opened.kind === "unavailable" ? { delivered: "unknown" } : {}) };
    const chunks: Uint8Array[] = [];
    let total = 0;
    for await (const chunk of opened.body) {
      total += chunk.length;
      if (total > MAX_IMAGE_BYTES) return refused("provider_failed", "the image is too large");
      chunks.push(chunk);
    }
    return new Uint8Array(Buffer.concat(chunks));
  }

  private get authorization() {
    return { authorization: `Bearer ${this.config.apiKey}` };
  }
}

/** As of 2026-11-20. dall-e-3 and the first GPT image models are shut down, so their names are aliases. */
export const dalle = defineProvider({
  name: "dalle",
  label: "DALL-E",
  settings: ["OPENAI_API_KEY", "OPENAI_API_URL"],
  models: {
    image: [
      {
        id: "gpt-image-2",
        vendorModel: "gpt-image-2",
        aliases: [
          "dalle",
          "dall-e-3",
          "dall-e-2",
          "dall-e",
          "gpt-image-1",
          "gpt-image-1.5",
          "gpt-image-1-mini",
        ],
      },
    ],
  },
  create: (s) => {
    const config = vendorConfig(s.OPENAI_API_KEY, s.OPENAI_API_URL ?? OPENAI_URL);
    return config && { image: new OpenAiImagesProvider("dalle", config) };
  },
});
