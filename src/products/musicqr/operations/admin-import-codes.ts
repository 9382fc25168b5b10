import { createRoute, z } from "@hono/zod-openapi";
import { limitBody, MIB } from "../../../http/body.ts";
import { reportException } from "../../../http/errors.ts";
import { newRouter } from "../../../http/validation.ts";
import { addCodesResponse } from "../added-codes.ts";
import { requireAdmin, requireSameOrigin } from "../admin-auth.ts";
import { partlySyncedSchema, syncedCodesSchema } from "../contract.ts";
import { addCodes } from "../domain/index.ts";
import { readCodesFile, toInvalidRequest } from "../import/codes-file.ts";
import { fail } from "../respond.ts";
import { errors, json, SESSION_SECURITY, TAGS } from "./operation.ts";

export const MAX_IMPORT_BYTES = 4 * MIB;

/**
 * The types under which clients send a CSV file. A form is refused, although curl declares one by default: a form read
 * as CSV would be imported as codes.
 */
const CSV_TYPE = /^\s*(?:$|(?:text\/csv|text\/plain|application\/octet-stream)\s*(?:;|$))/i;

const route = createRoute({
  method: "post",
  path: "/admin/api/codes/import",
  operationId: "adminImportCodes",
  tags: [TAGS.admin],
  summary: "Import codes from CSV",
  description:
    "Adds the codes of a CSV file. The column `code` is required, `created_date` is optional; without a header these are the first and the second column. Separators are comma, semicolon, tab or vertical bar; the encoding is UTF-8, UTF-16 or GB18030 (GBK). Dates may have the formats that spreadsheets write (`2026-01-05`, `2026/1/5 12:00`, `2026年1月5日`, `5-Jan-2026`, serial numbers). A date without a zone is read as UTC; a row without a date gets the time of the import. If a date cannot be read, or may be month/day or day/month (`1/5/2026`), the answer is 400 with its row and field, and nothing is stored. The limits are 50,000 rows and 4 MiB. Rows without a valid code are listed in `invalid_codes`. The body is the file itself as `text/csv` (`curl --data-binary @codes.csv -H 'Content-Type: text/csv'`); `text/plain`, `application/octet-stream` and a missing type are accepted too. A form is answered with 415; the page `/admin/codes/import` accepts one.",
  security: SESSION_SECURITY,
  middleware: [requireSameOrigin, requireAdmin, limitBody(MAX_IMPORT_BYTES)] as const,
  request: {
    body: {
      required: true,
      content: {
        "text/csv": {
          schema: z.string(),
          example: "code,created_date\nABCD12345678,2024-08-08\nEFGH87654321,2024-08-09\n",
        },
      },
    },
  },
  responses: {
    201: json("The added and skipped codes", syncedCodesSchema),
    ...errors(400, 401, 403, 413, 415),
    500: json("Some codes could not be stored", partlySyncedSchema),
  },
});

export const adminImportCodes = newRouter().openapi(route, async (c) => {
  if (!CSV_TYPE.test(c.req.header("content-type") ?? ""))
    return fail(c, { code: "content_type_unsupported", detail: "Content-Type: text/csv" });
  const file = readCodesFile(new Uint8Array(await c.req.arrayBuffer()), Date.now());
  if ("problem" in file) return fail(c, toInvalidRequest(file.problem));
  const outcome = await addCodes(c.get("services").db, file.codes, (error) => reportException(c, error));
  const answer = addCodesResponse(c, outcome, "授权码已导入");
  return answer.complete ? c.json(answer.body, 201) : c.json(answer.body, 500);
});
