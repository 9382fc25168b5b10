import type { Hook } from "@hono/zod-openapi";
import { OpenAPIHono, type z } from "@hono/zod-openapi";
import type { Issue } from "../lib/domain-error.ts";
import { type AppContext, type AppEnv, fail } from "./context.ts";

/** Converts the errors of a zod schema to the issues that every product reports. */
export const issuesOf = (error: z.core.$ZodError): Issue[] =>
  error.issues.map((issue) => ({ path: issue.path.join("."), message: issue.message }));

/** Refuses a request that does not match its schemas, for every product's router. */
// biome-ignore lint/suspicious/noConfusingVoidType: the hook's type; returning nothing lets the request pass
const onInvalid: Hook<unknown, AppEnv, string, Response | Promise<Response> | void> = (result, c) => {
  if (result.success) return;
  return fail(c as AppContext, { code: "invalid_request", issues: issuesOf(result.error) });
};

/** Returns a router whose routes are OpenAPI operations. */
export const newRouter = (): OpenAPIHono<AppEnv> =>
  new OpenAPIHono<AppEnv>({ defaultHook: onInvalid, strict: true });
