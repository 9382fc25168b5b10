import { z } from "zod";
import { fromBase64, refused, toBase64, unavailable } from "./http.ts";
import { wholePrompt, withStyle } from "./prompt.ts";
import type { CallContext, ImageProvider, ImageSpec, MadeMedia } from "./spec.ts";

/** What we use of the platform's AI binding. It exists in production only. */
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
  // It makes squares of 1024, and knows nothing but a prompt.
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

/** Some models answer with a stream of bytes, some with base64 in an object. */
const bytesOf = async (answer: unknown): Promise<Uint8Array | undefined> => {
  if (answer instanceof ReadableStream) return new Uint8Array(await new Response(answer).arrayBuffer());
  const { data } = z.object({ image: z.string() }).safeParse(answer);
  return data && fromBase64(data.image);
};

/** Cloudflare's own models. A picture to begin with is for Stable Diffusion only, so that is who makes it then. */
export class WorkersAiImagesProvider implements ImageProvider {
  readonly name = "workers-ai";
  readonly repeatable = true;

  constructor(private readonly ai: AiBinding) {}

  async make(spec: ImageSpec, { signal, report }: CallContext) {
    const model = spec.input ? "@cf/stabilityai/stable-diffusion-xl-base-1.0" : spec.model;
    const media: MadeMedia[] = [];
    for (let index = 0; index < spec.count; index++) {
      try {
        const input = inputOf({ ...spec, model }, spec.seed === undefined ? undefined : spec.seed + index);
        const bytes = await bytesOf(await this.ai.run(model, input, { signal }));
        if (!bytes) return refused("provider_failed", "the answer is no image");
        media.push({ bytes, contentType: "image/png" });
      } catch (error) {
        const said = String(error);
        // 3030 is what it says of a prompt its rules refuse (NSFW).
        if (/\b3030\b|nsfw|safety/i.test(said)) return refused("moderated", said);
        if (/\b(5006|3003|5004)\b/.test(said)) return refused("invalid", said);
        return unavailable("no", said);
      }
      if (!(await report((99 * media.length) / spec.count)))
        return unavailable("no", "nobody wants it any more");
    }
    return { kind: "made" as const, media };
  }

  /** The binding has no list of them. */
  async listModels(): Promise<undefined> {
    return undefined;
  }
}
