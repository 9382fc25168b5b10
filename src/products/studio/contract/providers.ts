import { z } from "@hono/zod-openapi";

export const providerSchema = z
  .object({
    id: z.string().openapi({ example: "stability" }),
    name: z.string().openapi({ example: "Stability AI" }),
    enabled: z.boolean().openapi({
      description: "Whether the provider is available; in development the sandbox replaces all providers",
    }),
    models: z.array(z.string()).openapi({ description: "The available models first, then their aliases" }),
    custom: z.boolean(),
  })
  .openapi("StudioProvider");

export const providersSchema = z
  .object({
    image: z.array(providerSchema),
    video: z.array(providerSchema),
    assistant: z.array(providerSchema),
  })
  .openapi("StudioProviders");

export const configSchema = z
  .object({
    imageProvider: z.string(),
    imageModel: z.string(),
    videoProvider: z.string(),
    videoModel: z.string(),
    assistantProvider: z.string(),
    assistantModel: z.string(),
    servedBy: z
      .object({ image: z.string(), video: z.string(), assistant: z.string() })
      .openapi({ description: "The models that serve requests now; empty if none does" }),
  })
  .openapi("StudioConfig");

const name = z.string().trim().min(1).max(200);

export const updateConfigSchema = z
  .object({
    imageProvider: name.optional(),
    imageModel: name.optional(),
    videoProvider: name.optional(),
    videoModel: name.optional(),
    assistantProvider: name.optional(),
    assistantModel: name.optional(),
  })
  .refine(
    (asked) => Object.values(asked).some((value) => value !== undefined),
    "at least one provider or model is required",
  )
  .openapi("StudioNewConfig");

export type Providers = z.output<typeof providersSchema>;
export type ProviderConfig = z.output<typeof configSchema>;
