import { z } from "@hono/zod-openapi";
import { fileField } from "../../../http/file-field.ts";
import { formNumber, optionalFormField } from "./common.ts";
import {
  ASPECT_RATIOS,
  DEFAULT_RESOLUTION,
  DEFAULT_STRENGTH,
  DURATION,
  MAX_IMAGES,
  MAX_MODEL,
  MAX_NEGATIVE_PROMPT,
  MAX_PROMPT,
  MAX_SEED,
  MAX_STYLE,
  RESOLUTIONS,
  SIDE,
} from "./limits.ts";

const promptSchema = z.string().trim().min(1).max(MAX_PROMPT).openapi({ example: "雨夜街头的橘猫" });

const styleSchema = z.string().trim().min(1).max(MAX_STYLE);

const modelSchema = z.string().trim().min(1).max(MAX_MODEL);

const seedSchema = z.int().min(0).max(MAX_SEED);
const sideSchema = z.int().min(SIDE.min).max(SIDE.max);
const negativePromptSchema = z.string().trim().max(MAX_NEGATIVE_PROMPT);

export const textToImageSchema = z
  .object({
    prompt: promptSchema,
    negativePrompt: negativePromptSchema.optional(),
    width: sideSchema.default(SIDE.default),
    height: sideSchema.default(SIDE.default),
    numImages: z.int().min(1).max(MAX_IMAGES).default(1),
    style: styleSchema.optional(),
    seed: seedSchema.optional(),
    model: modelSchema.optional().openapi({ description: "Default: the model that administrators set" }),
  })
  .openapi("StudioTextToImage");

export const imageToImageSchema = z
  .object({
    prompt: promptSchema,
    image: fileField,
    strength: formNumber(z.number().min(0).max(1)).openapi({ example: DEFAULT_STRENGTH }),
    width: formNumber(sideSchema).openapi({ example: SIDE.default }),
    height: formNumber(sideSchema).openapi({ example: SIDE.default }),
    numImages: formNumber(z.int().min(1).max(MAX_IMAGES)).openapi({ example: 1 }),
    negativePrompt: optionalFormField(negativePromptSchema).openapi({ example: "文字, 水印" }),
    style: optionalFormField(styleSchema).openapi({ example: "水彩" }),
    seed: formNumber(seedSchema).openapi({ example: 42 }),
    model: optionalFormField(modelSchema).openapi({ example: "stability" }),
  })
  .openapi("StudioImageToImage");

/** The default model of the API document. */
export const DEFAULT_MODEL = "runway";

const durationSchema = z.int().min(DURATION.min).max(DURATION.max);

const resolutionSchema = z.enum(RESOLUTIONS);

/** Validated but not used: no provider has a setting for it. */
const fpsSchema = z.int().min(12).max(60);

export const textToVideoSchema = z
  .object({
    prompt: promptSchema,
    model: modelSchema.optional().openapi({ example: DEFAULT_MODEL }),
    duration: durationSchema.default(DURATION.default).openapi({ description: "Seconds" }),
    resolution: resolutionSchema.default(DEFAULT_RESOLUTION),
    fps: fpsSchema.default(24),
    style: styleSchema.optional(),
    aspectRatio: z.enum(ASPECT_RATIOS).default("16:9"),
    negativePrompt: negativePromptSchema.optional(),
    seed: seedSchema.optional(),
  })
  .openapi("StudioTextToVideo");

export const imageToVideoSchema = z
  .object({
    prompt: promptSchema,
    image: fileField,
    model: optionalFormField(modelSchema).openapi({ example: DEFAULT_MODEL }),
    duration: formNumber(durationSchema).openapi({ example: DURATION.default }),
    resolution: optionalFormField(resolutionSchema).openapi({ example: DEFAULT_RESOLUTION }),
    fps: formNumber(fpsSchema).openapi({ example: 24 }),
    style: optionalFormField(styleSchema).openapi({ example: "水彩" }),
    aspectRatio: optionalFormField(z.enum(ASPECT_RATIOS)).openapi({
      description: "Default: the nearest ratio to that of the image",
      example: "16:9",
    }),
    negativePrompt: optionalFormField(negativePromptSchema).openapi({ example: "文字, 水印" }),
    seed: formNumber(seedSchema).openapi({ example: 42 }),
  })
  .openapi("StudioImageToVideo");
