import type { Hook } from "@hono/zod-openapi";
import { OpenAPIHono, z } from "@hono/zod-openapi";
import type { Issue } from "../lib/domain-error.ts";
import { type AppContext, type AppEnv, fail } from "./context.ts";

/** What is wrong with a request, as every product says it. */
export const issuesOf = (error: z.core.$ZodError): Issue[] =>
  error.issues.map((issue) => ({ path: issue.path.join("."), message: issue.message }));

/** What every product's router does with a request its schemas refuse. */
// biome-ignore lint/suspicious/noConfusingVoidType: the hook's own contract, nothing returned lets the request pass
export const onInvalid: Hook<unknown, AppEnv, string, Response | Promise<Response> | void> = (result, c) => {
  if (result.success) return;
  return fail(c as AppContext, { code: "invalid_request", issues: issuesOf(result.error) });
};

/** A file in a form that is read as a whole; what it is is seen from its bytes. */
export const fileField = z
  .instanceof(File, { error: "is not a file" })
  .openapi({ type: "string", format: "binary" });

/** A router whose routes are OpenAPI operations. */
export const newRouter = (): OpenAPIHono<AppEnv> =>
  new OpenAPIHono<AppEnv>({ defaultHook: onInvalid, strict: true });
