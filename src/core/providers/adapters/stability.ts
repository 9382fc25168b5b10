import { z } from "zod";
import { defineProvider } from "../define.ts";
import type { CallContext, GeneratedMedia, ImageProvider, ImageSpec } from "../media.ts";
import { callVendor, fromBase64, refused, unavailable, type VendorConfig, vendorConfig } from "./http.ts";
import { withStyle } from "./prompt.ts";

/** Aspect ratios that the API accepts. It has no width and height. */
const RATIOS = ["21:9", "16:9", "3:2", "5:4", "1:1", "4:5", "2:3", "9:16", "9:21"] as const;
const PRESETS: ReadonlySet<string> = new Set([
  "3d-model",
  "analog-film",
  "anime",
  "cinematic",
  "comic-book",
  "digital-art",
  "enhance",
  "fantasy-art",
  "isometric",
  "line-art",
  "low-poly",
  "modeling-compound",
  "neon-punk",
  "origami",
  "photographic",
  "pixel-art",
  "tile-texture",
]);
const MAX_PROMPT = 10_000;
/** The API rejects 4294967295. */
const MAX_SEED = 4_294_967_294;
/** Only the Stable Diffusion models accept an input picture. */
const IMAGE_TO_IMAGE_MODEL = "sd3.5-large";

const answerSchema = z.object({ image: z.string().min(1), finish_reason: z.string() });
const errorSchema = z.object({ name: z.string().optional(), errors: z.array(z.string()).optional() });

/** Returns the supported ratio that is nearest to the requested size. */
export const nearestRatio = (width: number, height: number): (typeof RATIOS)[number] => {
  const asked = Math.log(width / height);
  const distance = (ratio: string): number => {
    const [across = 1, down = 1] = ratio.split(":").map(Number);
    return Math.abs(Math.log(across / down) - asked);
  };
  return RATIOS.reduce((best, ratio) => (distance(ratio) < distance(best) ? ratio : best));
};

const formOf = (spec: ImageSpec, model: string, index: number): FormData => {
  const preset = spec.style?.toLowerCase().replaceAll(" ", "-");
  const isPreset = preset !== undefined && PRESETS.has(preset);
  const form = new FormData();
  form.set("prompt", withStyle(spec.prompt, isPreset ? undefined : spec.style).slice(0, MAX_PROMPT));
  form.set("output_format", "png");
  if (spec.negativePrompt) form.set("negative_prompt", spec.negativePrompt);
  if (isPreset) form.set("style_preset", preset);
  // Each call makes one image, so each gets its own seed. The same first seed gives the same series again.
  if (spec.seed !== undefined) form.set("seed", String((spec.seed + index) % (MAX_SEED + 1)));
  if (model.startsWith("sd3")) form.set("model", model);
  if (spec.input) {
    form.set("mode", "image-to-image");
    form.set("strength", String(spec.input.strength));
    form.set("image", new File([spec.input.bytes], "image", { type: spec.input.mimeType }));
  } else form.set("aspect_ratio", nearestRatio(spec.width, spec.height));
  return form;
};

/** Stability AI's `v2beta` API: synchronous, one image per call. */
class StabilityProvider implements ImageProvider {
  readonly name = "stability";
  readonly repeatable = false;

  constructor(private readonly config: VendorConfig) {}

  async make(spec: ImageSpec, context: CallContext) {
    const media: GeneratedMedia[] = [];
    for (let index = 0; index < spec.count; index++) {
      const made = await this.makeOne(spec, index, context.signal);
      if ("kind" in made) {
        // After the first image a retry would make and pay for the finished images again.
        return made.kind === "unavailable" && index > 0
          ? unavailable("unknown", `image ${index + 1} of ${spec.count}: ${made.detail}`)
          : made;
      }
      media.push(made);
      if (!(await context.report((99 * media.length) / spec.count)))
        return unavailable("no", "the task was settled meanwhile");
    }
    return { kind: "made" as const, media };
  }

  private async makeOne(spec: ImageSpec, index: number, signal: AbortSignal) {
    const model = spec.input ? IMAGE_TO_IMAGE_MODEL : spec.model;
    const path = model.startsWith("sd3") ? "sd3" : model;
    const answer = await callVendor(`${this.config.baseUrl}/v2beta/stable-image/generate/${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${this.config.apiKey}`, accept: "application/json" },
      body: formOf(spec, model, index),
      signal,
      // Stability also answers 403 for a request that its safety rules refuse.
      answersForbidden: true,
    });
    if (answer.kind !== "answer") return answer;
    if (answer.status >= 400) {
      const said = errorSchema.safeParse(answer.body).data;
      const text = `${said?.name ?? ""} ${said?.errors?.join("; ") ?? ""}`;
      return refused(/moderation|flagged/i.test(text) ? "moderated" : refusalOf(answer.status), text);
    }
    const made = answerSchema.safeParse(answer.body).data;
    if (!made) return unavailable("unknown", "the response contains no image");
    if (made.finish_reason === "CONTENT_FILTERED") return refused("moderated", made.finish_reason);
    const bytes = fromBase64(made.image);
    return bytes ? { bytes, contentType: "image/png" } : unavailable("unknown", "the image is not base64");
  }

  /** The `v2beta` API has no list of models. */
  async listModels(): Promise<undefined> {
    return undefined;
  }
}

const refusalOf = (status: number) => (status === 403 ? "provider_account" : "invalid");

/** As of 2026-11-20. Names from before Stability's v2beta API are aliases of models in that API. */
export const stability = defineProvider({
  name: "stability",
  label: "Stability AI",
  settings: ["STABILITY_API_KEY", "STABILITY_API_URL"],
  models: {
    image: [
      {
        id: "stable-image-core",
        vendorModel: "core",
        aliases: ["stability", "stable-diffusion-xl", "sdxl", "stable-diffusion-xl-1024-v1-0"],
      },
      {
        id: "sd3.5-large",
        vendorModel: "sd3.5-large",
        aliases: ["stable-diffusion-3", "stable-diffusion-3.5", "sd3", "sd3-large", "sd3.5"],
      },
      { id: "stable-image-ultra", vendorModel: "ultra", aliases: ["ultra"] },
    ],
  },
  create: (s) => {
    const config = vendorConfig(s.STABILITY_API_KEY, s.STABILITY_API_URL ?? "https://api.stability.ai");
    return config && { image: new StabilityProvider(config) };
  },
});
