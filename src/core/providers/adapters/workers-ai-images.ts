import { z } from "zod";
import type { CallContext, GeneratedMedia, ImageProvider, ImageSpec } from "../media.ts";
import { fromBase64, refused, toBase64, unavailable } from "./http.ts";
import { wholePrompt, withStyle } from "./prompt.ts";

/** The part of Cloudflare's AI binding that is used here. The binding exists only in production. */
export interface AiBinding {
  readonly run: (
    model: string,
    input: Record<string, unknown>,
    options?: { readonly signal?: AbortSignal },
  ) => Promise<unknown>;
}

const SIDE = { min: 256, max: 2_048 } as const;
const FLUX_PROMPT = 2_048;

const clamp = (pixels: number): number => Math.min(SIDE.max, Math.max(SIDE.min, pixels));
const isFlux = (model: string): boolean => model.includes("flux");

const inputOf = (spec: ImageSpec, seed: number | undefined): Record<string, unknown> => {
  const seeded = seed === undefined ? {} : { seed };
  // Flux makes only images of 1024 x 1024 pixels and accepts only a prompt and a seed.
  if (isFlux(spec.model)) return { prompt: wholePrompt(spec).slice(0, FLUX_PROMPT), ...seeded };
  return {
    prompt: withStyle(spec.prompt, spec.style),
    ...(spec.negativePrompt ? { negative_prompt: spec.negativePrompt } : {}),
    width: clamp(spec.width),
    height: clamp(spec.height),
    ...seeded,
    ...(spec.input && { image_b64: toBase64(spec.input.bytes), strength: spec.input.strength }),
  };
};

/** Reads the image of a response: some models return a stream of bytes, others an object with base64. */
const bytesOf = async (answer: unknown): Promise<Uint8Array | undefined> => {
  if (answer instanceof ReadableStream) return new Uint8Array(await new Response(answer).arrayBuffer());
  const { data } = z.object({ image: z.string() }).safeParse(answer);
  return data && fromBase64(data.image);
};

/** Workers AI. Only Stable Diffusion accepts an input picture, so it replaces the requested model for such a task. */
export class WorkersAiImagesProvider implements ImageProvider {
  readonly name = "workers-ai";
  readonly repeatable = true;

  constructor(private readonly ai: AiBinding) {}

  async make(spec: ImageSpec, { signal, report }: CallContext) {
    const model = spec.input ? "@cf/stabilityai/stable-diffusion-xl-base-1.0" : spec.model;
    const media: GeneratedMedia[] = [];
    for (let index = 0; index < spec.count; index++) {
      try {
        const input = inputOf({ ...spec, model }, spec.seed === undefined ? undefined : spec.seed + index);
        const bytes = await bytesOf(await this.ai.run(model, input, { signal }));
        if (!bytes) return refused("provider_failed", "the response contains no image");
        media.push({ bytes, contentType: "image/png" });
      } catch (error) {
        const said = String(error);
        // Workers AI reports a prompt that its safety rules refuse (NSFW) with code 3030.
        if (/\b3030\b|nsfw|safety/i.test(said)) return refused("moderated", said);
        if (/\b(5006|3003|5004)\b/.test(said)) return refused("invalid", said);
        return unavailable("no", said);
      }
      if (!(await report((99 * media.length) / spec.count)))
        return unavailable("no", "the task was settled meanwhile");
    }
    return { kind: "made" as const, media };
  }

  /** The AI binding has no list of models. */
  async listModels(): Promise<undefined> {
    return undefined;
  }
}
