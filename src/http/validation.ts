import type { Hook } from "@hono/zod-openapi";
import { OpenAPIHono } from "@hono/zod-openapi";
import type { z } from "zod";
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

/** A router whose routes are OpenAPI operations. */
export const newRouter = (): OpenAPIHono<AppEnv> =>
  new OpenAPIHono<AppEnv>({ defaultHook: onInvalid, strict: true });
