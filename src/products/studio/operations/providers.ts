import { createRoute, type z } from "@hono/zod-openapi";
import {
  CATALOGS,
  type Capability,
  type CustomProvider,
  labelOf,
  type ProviderName,
} from "../../../core/providers/index.ts";
import { KIB, limitBody } from "../../../http/body.ts";
import type { AppContext } from "../../../http/context.ts";
import { newRouter } from "../../../http/validation.ts";
import {
  CAPABILITIES,
  configSchema,
  type providerSchema,
  providersSchema,
  updateConfigSchema,
} from "../contract/index.ts";
import { signedIn } from "../limits.ts";
import { reply } from "../reply.ts";
import { fail, respond } from "../respond.ts";
import { BEARER_SECURITY, data, errors, jsonBody, TAGS } from "./operation.ts";

/** The defaults of the API document, used until an administrator sets others. */
const DEFAULTS: Record<Capability, { provider: ProviderName; model: string }> = {
  image: { provider: "stability", model: "stable-diffusion-xl" },
  video: { provider: "runway", model: "gen-4" },
  assistant: { provider: "openai", model: "gpt-4" },
};

const listRoute = createRoute({
  method: "get",
  path: "/api/v1/config/providers",
  operationId: "studioProviders",
  tags: [TAGS.config],
  summary: "List the providers and their models",
  description: "Lists the providers of the platform and the custom providers of the administrators.",
  security: BEARER_SECURITY,
  middleware: [signedIn] as const,
  responses: { 200: data("The providers by purpose", providersSchema), ...errors(401) },
});

const currentRoute = createRoute({
  method: "get",
  path: "/api/v1/config/current",
  operationId: "studioCurrentConfig",
  tags: [TAGS.config],
  summary: "Get the default providers",
  description:
    "Returns the providers and models for requests that name none, as administrators set them. If a model no longer exists or its provider has no credentials, another model replaces it; see `servedBy`.",
  security: BEARER_SECURITY,
  middleware: [signedIn] as const,
  responses: { 200: data("The configuration", configSchema), ...errors(401) },
});

const updateRoute = createRoute({
  method: "put",
  path: "/api/v1/config/providers",
  operationId: "studioUpdateConfig",
  tags: [TAGS.config],
  summary: "Set the default providers",
  description:
    "Administrators only. A provider and its model must match. Fields that are not sent keep their value. The change takes effect everywhere within seconds.",
  security: BEARER_SECURITY,
  middleware: [signedIn, limitBody(16 * KIB)] as const,
  request: {
    body: jsonBody(updateConfigSchema, {
      imageProvider: "stability",
      imageModel: "stable-diffusion-xl",
      videoProvider: "runway",
      videoModel: "gen-4",
      assistantProvider: "openai",
      assistantModel: "gpt-4",
    }),
  },
  responses: { 200: data("The configuration", configSchema), ...errors(400, 401, 403, 413) },
});

const toCustom = (provider: CustomProvider): z.output<typeof providerSchema> => ({
  id: `custom:${provider.id}`,
  name: provider.name,
  enabled: true,
  models: [...provider.models],
  custom: true,
});

const listOf = (c: AppContext, capability: Capability, custom: readonly CustomProvider[]) => {
  const { providers, settings } = c.get("services");
  const { models } = CATALOGS[capability];
  const names = [...new Set(models.map(({ provider }) => provider))].filter(
    (provider) => provider !== "sandbox" || settings.SANDBOX_PROVIDERS,
  );
  const known = names.map((provider) => {
    const own = models.filter((model) => model.provider === provider);
    return {
      id: provider,
      name: labelOf(provider),
      enabled: providers.isEnabled(capability, provider),
      models: [...own.map(({ id }) => id), ...own.flatMap(({ aliases }) => aliases)],
      custom: false,
    };
  });
  return [...known, ...custom.filter((one) => one.capability === capability).map(toCustom)];
};

const currentOf = async (c: AppContext) => {
  const { providerConfig, providers } = c.get("services");
  const [image, video, assistant] = await Promise.all(
    CAPABILITIES.map(async (capability) => ({
      ...((await providerConfig.choiceOf(capability)) ?? DEFAULTS[capability]),
      served: (await providers.currentModel(capability))?.id ?? "",
    })),
  );
  return {
    imageProvider: image?.provider ?? "",
    imageModel: image?.model ?? "",
    videoProvider: video?.provider ?? "",
    videoModel: video?.model ?? "",
    assistantProvider: assistant?.provider ?? "",
    assistantModel: assistant?.model ?? "",
    servedBy: {
      image: image?.served ?? "",
      video: video?.served ?? "",
      assistant: assistant?.served ?? "",
    },
  };
};

/** Resolves the changes: a provider with its model, or a model of the current provider. */
const choicesOf = async (c: AppContext, asked: z.output<typeof updateConfigSchema>) => {
  const current = await currentOf(c);
  return CAPABILITIES.flatMap((capability) => {
    const provider = asked[`${capability}Provider`];
    const model = asked[`${capability}Model`];
    if (provider === undefined && model === undefined) return [];
    const named = (provider ?? current[`${capability}Provider`]) as ProviderName;
    const first = CATALOGS[capability].models.find((one) => one.provider === named)?.id;
    return [{ capability, provider: named, model: model ?? first ?? "default" }];
  });
};

export const providers = newRouter()
  .openapi(listRoute, async (c) => {
    const custom = await c.get("services").providerConfig.listCustom();
    return reply(c, {
      image: listOf(c, "image", custom),
      video: listOf(c, "video", custom),
      assistant: listOf(c, "assistant", custom),
    });
  })
  .openapi(currentRoute, async (c) => reply(c, await currentOf(c)))
  .openapi(updateRoute, async (c) => {
    if (c.get("caller").user.role !== "ADMIN") return fail(c, { code: "forbidden" });
    const chosen = await c.get("services").providerConfig.choose(await choicesOf(c, c.req.valid("json")));
    return respond(c, chosen, async () => reply(c, await currentOf(c)));
  });
