import { createRoute, z } from "@hono/zod-openapi";
import { limitBody, MIB } from "../../../http/body.ts";
import { newRouter } from "../../../http/validation.ts";
import { batchResultSchema } from "../contract.ts";
import { findCodes, normalizeCode } from "../domain/index.ts";
import { isoTime, toBatchResult } from "../to-wire.ts";
import { limitKeyedCalls, requireApiKey } from "./api-key.ts";
import { API_KEY_SECURITY, errors, json, jsonBody, TAGS } from "./operation.ts";
import { MAX_CODES_PER_REQUEST } from "./sync-codes.ts";

const route = createRoute({
  method: "post",
  path: "/api/codes/batch",
  operationId: "batchCodes",
  tags: [TAGS.keyed],
  summary: "Look up codes",
  description:
    "Returns the state of up to 5,000 codes in the given order. A look-up neither activates a code nor counts as a scan. A malformed, unknown or revoked code has `valid: false`.",
  security: API_KEY_SECURITY,
  middleware: [requireApiKey, limitKeyedCalls, limitBody(MIB)] as const,
  request: {
    body: jsonBody(z.object({ codes: z.array(z.string().max(200)).min(1).max(MAX_CODES_PER_REQUEST) }), {
      codes: ["ABCD12345678", "EFGH87654321"],
    }),
  },
  responses: {
    200: json(
      "One result per code",
      z.object({ success: z.literal(true), results: z.array(batchResultSchema), timestamp: z.string() }),
    ),
    ...errors(400, 401, 413, 429, 500),
  },
});

export const batch = newRouter().openapi(route, async (c) => {
  const asked = c.req.valid("json").codes.map((input) => ({ input, code: normalizeCode(input) }));
  const found = await findCodes(
    c.get("services").db,
    asked.flatMap(({ code }) => code ?? []),
  );
  const results = asked.map(({ input, code }) =>
    toBatchResult(code ?? input, code ? found.get(code) : undefined),
  );
  return c.json({ success: true as const, results, timestamp: isoTime(Date.now()) }, 200);
});
