import { createRoute, z } from "@hono/zod-openapi";
import { limitBody, MIB } from "../../../http/body.ts";
import { reportException } from "../../../http/errors.ts";
import { newRouter } from "../../../http/validation.ts";
import { addCodesResponse } from "../added-codes.ts";
import { requireAdmin, requireSameOrigin } from "../admin-auth.ts";
import { partlySyncedSchema, syncedCodesSchema } from "../contract.ts";
import { addCodes, generateCodes } from "../domain/index.ts";
import { fail } from "../respond.ts";
import { errors, json, jsonBody, SESSION_SECURITY, TAGS } from "./operation.ts";
import { MAX_CODES_PER_REQUEST } from "./sync-codes.ts";

const givenCode = z.string().max(200);

const route = createRoute({
  method: "post",
  path: "/admin/api/codes",
  operationId: "adminAddCodes",
  tags: [TAGS.admin],
  summary: "Add codes",
  description:
    "Adds one `code`, a list of `codes`, or the number of new codes in `generate`. A single code that already exists is answered with 409 `DUPLICATE_CODE`, and a malformed one with 400 `INVALID_CODE_FORMAT`; in a list, such codes are reported as skipped.",
  security: SESSION_SECURITY,
  middleware: [requireSameOrigin, requireAdmin, limitBody(MIB)] as const,
  request: {
    body: jsonBody(
      z.union([
        z.strictObject({ code: givenCode }),
        z.strictObject({ codes: z.array(givenCode).min(1).max(MAX_CODES_PER_REQUEST) }),
        z.strictObject({ generate: z.int().min(1).max(MAX_CODES_PER_REQUEST) }),
      ]),
      { codes: ["ABCD12345678", "EFGH87654321"] },
    ),
  },
  responses: {
    201: json("The added and skipped codes", syncedCodesSchema),
    ...errors(400, 401, 403, 409, 413),
    500: json("Some codes could not be stored", partlySyncedSchema),
  },
});

export const adminAddCodes = newRouter().openapi(route, async (c) => {
  const body = c.req.valid("json");
  const now = Date.now();
  const { db } = c.get("services");
  const onFailure = (error: unknown) => reportException(c, error);
  const given = "code" in body ? [body.code] : "codes" in body ? body.codes : [];
  const outcome =
    "generate" in body
      ? await generateCodes(db, body.generate, now, onFailure)
      : await addCodes(
          db,
          given.map((code) => ({ code, createdAt: now })),
          onFailure,
        );
  if ("code" in body && outcome.malformed.length > 0) return fail(c, { code: "code_malformed" });
  if ("code" in body && outcome.existing.length > 0) return fail(c, { code: "code_exists" });
  const answer = addCodesResponse(c, outcome, "授权码已添加");
  return answer.complete ? c.json(answer.body, 201) : c.json(answer.body, 500);
});
