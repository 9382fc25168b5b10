import { createRoute, z } from "@hono/zod-openapi";
import { limitBody, MIB } from "../../../http/body.ts";
import { reportException } from "../../../http/errors.ts";
import { newRouter } from "../../../http/validation.ts";
import { addCodesResponse } from "../added-codes.ts";
import { partlySyncedSchema, syncedCodesSchema, timeInput } from "../contract.ts";
import { addCodes } from "../domain/index.ts";
import { limitKeyedCalls, requireApiKey } from "./api-key.ts";
import { API_KEY_SECURITY, errors, json, jsonBody, TAGS } from "./operation.ts";

export const MAX_CODES_PER_REQUEST = 5_000;
const SYNCED = "授权码同步成功";

const route = createRoute({
  method: "post",
  path: "/api/sync-codes",
  operationId: "syncCodes",
  tags: [TAGS.keyed],
  summary: "Add codes",
  description:
    "Stores up to 5,000 codes. Sending them again changes nothing: known and repeated codes are listed in `existing_codes`, malformed ones in `invalid_codes`; both count as skipped. The server stores 1,000 codes at a time, each thousand completely or not at all. If storage refuses some, the answer is a 500 that lists which codes are stored and which are not.",
  security: API_KEY_SECURITY,
  middleware: [requireApiKey, limitKeyedCalls, limitBody(2 * MIB)] as const,
  request: {
    body: jsonBody(
      z.object({
        codes: z
          .array(z.object({ code: z.string().max(200), created_date: timeInput.optional() }))
          .min(1)
          .max(MAX_CODES_PER_REQUEST),
      }),
      { codes: [{ code: "ABCD12345678", created_date: "2024-08-08T12:00:00Z" }, { code: "EFGH87654321" }] },
    ),
  },
  responses: {
    200: json("The added and skipped codes", syncedCodesSchema),
    ...errors(400, 401, 413, 429),
    500: json("Some codes could not be stored", partlySyncedSchema),
  },
});

export const syncCodes = newRouter().openapi(route, async (c) => {
  const now = Date.now();
  const { codes } = c.req.valid("json");
  const outcome = await addCodes(
    c.get("services").db,
    codes.map(({ code, created_date }) => ({ code, createdAt: created_date ?? now })),
    (error) => reportException(c, error),
  );
  const answer = addCodesResponse(c, outcome, SYNCED);
  return answer.complete ? c.json(answer.body, 200) : c.json(answer.body, 500);
});
