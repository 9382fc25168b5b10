import { createRoute, z } from "@hono/zod-openapi";
import { type AppContext, fail } from "../../../http/context.ts";
import type { DirectRoute } from "../../../http/product.ts";
import { completeJson } from "../../../http/response-headers.ts";
import { newRouter } from "../../../http/validation.ts";
import { codeText, verificationSchema } from "../contract.ts";
import { toVerification } from "../to-wire.ts";
import { type ScanOutcome, verifyScan } from "../verify-scan.ts";
import { errors, json, TAGS } from "./operation.ts";

const route = createRoute({
  method: "get",
  path: "/api/verify/{code}",
  operationId: "verifyCode",
  tags: [TAGS.public],
  summary: "Verify a code",
  description:
    "Returns whether a code is genuine, and counts the scan. The first scan activates the code; exactly one response has `first_activation`. A code that does not exist is answered with 200 and `valid: false`. The code is trimmed and converted to upper case. Link previews, prefetches and HEAD requests are answered, but neither activate a code nor count as scans. A network that keeps requesting codes that do not exist is answered with 429.",
  // The handler checks the format, because a malformed code has its own error.
  request: { params: z.object({ code: codeText }) },
  responses: { 200: json("The result of the verification", verificationSchema), ...errors(400, 429, 500) },
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
/**
 * Registered by hand as a direct route: the generated validator of the path parameter, which is always text, would
 * take a fifth of the time of the whole request.
 */
export const verifyDirectly: DirectRoute = {
  path: "/api/verify/:code",
  handler: (c) => {
    const outcome = verifyScan(c, c.req.param("code") ?? "");
    return outcome instanceof Promise ? outcome.then((settled) => answer(c, settled)) : answer(c, outcome);
  },
};
