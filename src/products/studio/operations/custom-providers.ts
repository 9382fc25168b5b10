import { createRoute, type z } from "@hono/zod-openapi";
import { type CustomProvider, listOpenAiModels } from "../../../core/providers/index.ts";
import { KIB, limitBody } from "../../../http/body.ts";
import type { AppContext } from "../../../http/context.ts";
import { newRouter } from "../../../http/validation.ts";
import { isoTime } from "../../../lib/clock.ts";
import {
  type customConfigSchema,
  customProvidersSchema,
  customSchema,
  emptySchema,
  idParams,
  newProviderSchema,
  providerTestSchema,
  updateProviderSchema,
} from "../contract/index.ts";
import { signedIn } from "../limits.ts";
import { reply } from "../reply.ts";
import { fail, respond } from "../respond.ts";
import { BEARER_SECURITY, data, errors, jsonBody, TAGS } from "./operation.ts";

const TEST_TIMEOUT_MS = 10_000;
const ADMINS = "Administrators only.";

const addRoute = createRoute({
  method: "post",
  path: "/api/v1/config/providers/custom",
  operationId: "studioAddProvider",
  tags: [TAGS.config],
  summary: "Add a custom provider",
  description: `${ADMINS} Adds a provider with an OpenAI-compatible API for images, videos or chat completions. Its key is encrypted at rest and never returned. Private, link-local and metadata addresses are refused in every notation.`,
  security: BEARER_SECURITY,
  middleware: [signedIn, limitBody(16 * KIB)] as const,
  request: {
    body: jsonBody(newProviderSchema, {
      type: "assistant",
      name: "Example LLM",
      apiUrl: "https://llm.example.com/v1",
      apiKey: "sk-0123456789abcdef",
      config: { models: ["example-chat"], model: "example-chat" },
    }),
  },
  responses: { 201: data("The provider", customSchema), ...errors(400, 401, 403, 413) },
});

const listRoute = createRoute({
  method: "get",
  path: "/api/v1/config/providers/custom",
  operationId: "studioCustomProviders",
  tags: [TAGS.config],
  summary: "List the custom providers",
  description: `${ADMINS} The keys are not returned.`,
  security: BEARER_SECURITY,
  middleware: [signedIn] as const,
  responses: {
    200: data("The custom providers", customProvidersSchema),
    ...errors(401, 403),
  },
});

const updateRoute = createRoute({
  method: "put",
  path: "/api/v1/config/providers/custom/{id}",
  operationId: "studioUpdateProvider",
  tags: [TAGS.config],
  summary: "Update a custom provider",
  description: `${ADMINS} Fields that are not sent keep their value. A new origin in apiUrl requires apiKey.`,
  security: BEARER_SECURITY,
  middleware: [signedIn, limitBody(16 * KIB)] as const,
  request: {
    params: idParams,
    body: jsonBody(updateProviderSchema),
  },
  responses: { 200: data("The provider", customSchema), ...errors(400, 401, 403, 404, 413) },
});

const deleteRoute = createRoute({
  method: "delete",
  path: "/api/v1/config/providers/custom/{id}",
  operationId: "studioDeleteProvider",
  tags: [TAGS.config],
  summary: "Remove a custom provider",
  description: `${ADMINS} Where it was the chosen provider, the default is used again. Its running tasks fail and are refunded.`,
  security: BEARER_SECURITY,
  middleware: [signedIn] as const,
  request: { params: idParams },
  responses: { 200: data("The provider is removed", emptySchema), ...errors(400, 401, 403, 404) },
});

const testRoute = createRoute({
  method: "post",
  path: "/api/v1/config/providers/custom/{id}/test",
  operationId: "studioTestProvider",
  tags: [TAGS.config],
  summary: "Test the connection to a provider",
  description: `${ADMINS} Requests the provider's list of models with the stored key, which is free of charge.`,
  security: BEARER_SECURITY,
  middleware: [signedIn] as const,
  request: { params: idParams },
  responses: {
    200: data("The result of the test", providerTestSchema),
    ...errors(400, 401, 403, 404),
  },
});

const toWire = (provider: CustomProvider): z.output<typeof customSchema> => ({
  id: provider.id,
  type: provider.capability,
  name: provider.name,
  apiUrl: provider.apiUrl,
  models: [...provider.models],
  provider: `custom:${provider.id}`,
  createdAt: isoTime(provider.createdAt),
  updatedAt: isoTime(provider.updatedAt),
});

/** Returns the models, the default one first. */
const modelsOf = ({ model, models = [] }: z.output<typeof customConfigSchema>): string[] => [
  ...new Set(model === undefined ? models : [model, ...models]),
];

const isAdmin = (c: AppContext): boolean => c.get("caller").user.role === "ADMIN";
const forbidden = (c: AppContext) => fail(c, { code: "forbidden" });

export const customProviders = newRouter()
  .openapi(addRoute, async (c) => {
    if (!isAdmin(c)) return forbidden(c);
    const { type, config, ...rest } = c.req.valid("json");
    const added = await c
      .get("services")
      .providerConfig.add({ ...rest, capability: type, models: modelsOf(config) });
    return respond(c, added, (value) => reply(c, toWire(value), 201));
  })
  .openapi(listRoute, async (c) => {
    if (!isAdmin(c)) return forbidden(c);
    const list = await c.get("services").providerConfig.listCustom();
    return reply(c, { list: list.map(toWire) });
  })
  .openapi(updateRoute, async (c) => {
    if (!isAdmin(c)) return forbidden(c);
    const { name, apiUrl, apiKey, config } = c.req.valid("json");
    const changed = await c.get("services").providerConfig.update(c.req.valid("param").id, {
      ...(name === undefined ? {} : { name }),
      ...(apiUrl === undefined ? {} : { apiUrl }),
      ...(apiKey === undefined ? {} : { apiKey }),
      ...(config === undefined ? {} : { models: modelsOf(config) }),
    });
    return respond(c, changed, (value) => reply(c, toWire(value)));
  })
  .openapi(deleteRoute, async (c) => {
    if (!isAdmin(c)) return forbidden(c);
    const removed = await c.get("services").providerConfig.remove(c.req.valid("param").id);
    return respond(c, removed, () => reply(c, {}));
  })
  .openapi(testRoute, async (c) => {
    if (!isAdmin(c)) return forbidden(c);
    const config = await c.get("services").providers.customConfig(`custom:${c.req.valid("param").id}`);
    if (!config) return fail(c, { code: "not_found", what: "provider" });
    const began = Date.now();
    const models = await listOpenAiModels(config, AbortSignal.timeout(TEST_TIMEOUT_MS));
    return reply(c, {
      ok: models !== undefined,
      latencyMs: Date.now() - began,
      models: (models ?? []).slice(0, 200),
    });
  });
