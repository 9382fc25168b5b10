import { z } from "@hono/zod-openapi";
import { id, time } from "./common.ts";
import { CAPABILITIES, MAX_MODEL, MAX_PROVIDER_KEY, MAX_PROVIDER_NAME, MAX_PROVIDER_URL } from "./limits.ts";

const MAX_MODELS = 50;

const modelName = z.string().trim().min(1).max(MAX_MODEL);
/** The known fields. Other fields that a client sends are ignored. */
export const customConfigSchema = z.object({
  models: z.array(modelName).max(MAX_MODELS).optional(),
  model: modelName.optional().openapi({ description: "The default model" }),
});

const nameSchema = z.string().trim().min(1).max(MAX_PROVIDER_NAME);

const urlSchema = z.string().trim().min(1).max(MAX_PROVIDER_URL).openapi({
  description:
    "An https address of a public host. If its path contains a version (`/v1`, `/api/paas/v4`, `/v1beta/openai`), it is used unchanged; otherwise `/v1` is appended",
  example: "https://llm.example.com/v1",
});

const keySchema = z.string().trim().min(1).max(MAX_PROVIDER_KEY).openapi({ format: "password" });

export const customSchema = z
  .object({
    id,
    type: z.enum(CAPABILITIES),
    name: z.string(),
    apiUrl: z.string(),
    models: z.array(z.string()),
    provider: z.string().openapi({ description: "The name of the provider for PUT /config/providers" }),
    createdAt: time,
    updatedAt: time,
  })
  .openapi("StudioCustomProvider");

export const newProviderSchema = z
  .object({
    type: z.enum(CAPABILITIES),
    name: nameSchema,
    apiUrl: urlSchema,
    apiKey: keySchema,
    config: customConfigSchema.default({}),
  })
  .openapi("StudioNewProvider");

export const updateProviderSchema = z.object({
  name: nameSchema.optional(),
  apiUrl: urlSchema.optional(),
  apiKey: keySchema.optional(),
  config: customConfigSchema.optional(),
});

export const providerTestSchema = z.object({
  ok: z.boolean(),
  latencyMs: z.int(),
  models: z.array(z.string()).openapi({ description: "The models that the provider lists, at most 200" }),
});

export const customProvidersSchema = z.object({ list: z.array(customSchema) });

export type CustomProviderWire = z.output<typeof customSchema>;
export type CustomProviders = z.output<typeof customProvidersSchema>;
export type ProviderTest = z.output<typeof providerTestSchema>;
