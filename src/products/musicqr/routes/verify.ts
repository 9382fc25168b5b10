import { createRoute, z } from "@hono/zod-openapi";
import { type AppContext, fail } from "../../../http/context.ts";
import type { DirectRoute } from "../../../http/product.ts";
import { completeJson } from "../../../http/response-headers.ts";
import { newRouter } from "../../../http/validation.ts";
import { type ScanOutcome, verifyScan } from "../verify-scan.ts";
import { codeText, toVerification, verificationSchema } from "../wire.ts";
import { errors, json, TAGS } from "./operation.ts";

const route = createRoute({
  method: "get",
  path: "/api/verify/{code}",
  operationId: "verifyCode",
  tags: [TAGS.public],
  summary: "Verify a code",
  description:
    "Says whether a code is genuine and counts the scan. The first scan activates the code and says so with `first_activation`, exactly once. A code that does not exist is answered with 200 and `valid: false`. The code is trimmed and upper-cased. Link previews, prefetches and HEAD requests are answered but neither activate nor count. An address that keeps asking for codes that do not exist is slowed down.",
  // Checked by the handler: what cannot be a code has an error of its own.
  request: { params: z.object({ code: codeText }) },
  responses: { 200: json("Genuine or not", verificationSchema), ...errors(400, 429, 500) },
});

const answer = (c: AppContext, outcome: ScanOutcome): Response | Promise<Response> => {
  const { code, verdict } = outcome;
  if (verdict.kind === "malformed") return fail(c, { code: "code_malformed" });
  if (verdict.kind === "rate_limited") {
    return fail(c, { code: "rate_limited", retryAfterSeconds: verdict.retryAfterSeconds });
  }
  return completeJson(c, toVerification(code ?? "", verdict, Date.now()), { "cache-control": "no-store" });
};

export const verify = newRouter();
verify.openAPIRegistry.registerPath(route);
/** Registered by hand and direct: the generated validator would spend on a path parameter, which is text in any case, a
 * fifth of the time the whole request takes. */
export const verifyDirectly: DirectRoute = {
  path: "/api/verify/:code",
  handler: (c) => {
    const outcome = verifyScan(c, c.req.param("code") ?? "");
    return outcome instanceof Promise ? outcome.then((settled) => answer(c, settled)) : answer(c, outcome);
  },
};
