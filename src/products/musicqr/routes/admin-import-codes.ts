import { createRoute, z } from "@hono/zod-openapi";
import { addCodes } from "../../../core/codes/index.ts";
import { limitBody, MIB } from "../../../http/body.ts";
import { fail } from "../../../http/context.ts";
import { reportException } from "../../../http/errors.ts";
import { newRouter } from "../../../http/validation.ts";
import { addedCodes } from "../added-codes.ts";
import { requireAdmin, requireSameOrigin } from "../admin-auth.ts";
import { problemError, readCodesFile } from "../import/codes-file.ts";
import { partlySyncedSchema, syncedCodesSchema } from "../wire.ts";
import { errors, json, SESSION_SECURITY, TAGS } from "./operation.ts";

export const MAX_IMPORT_BYTES = 4 * MIB;

/** What clients call a CSV file. A form is none of it: curl says that it sends one unless it is told the type. */
const CSV_TYPE = /^\s*(?:$|(?:text\/csv|text\/plain|application\/octet-stream)\s*(?:;|$))/i;

const route = createRoute({
  method: "post",
  path: "/admin/api/codes/import",
  operationId: "adminImportCodes",
  tags: [TAGS.admin],
  summary: "Import codes from CSV",
  description:
    "Adds the codes of a CSV file: the column `code`, and `created_date` where there is one; without a header the first and the second column. Separators are comma, semicolon or tab; the encoding is UTF-8, UTF-16 or GB18030 (GBK). Dates are read as spreadsheets write them (`2026-01-05`, `2026/1/5 12:00`, `2026年1月5日`, `5-Jan-2026`, serial numbers), without a zone as UTC; a row without a date is of the time of import. A date that cannot be read, or that may be month/day or day/month (`1/5/2026`), is 400 with its row and field, and nothing is stored. Up to 50,000 rows and 4 MiB. Rows that are no code come back as `invalid_codes`. The body is the file itself as `text/csv` (`curl --data-binary @codes.csv -H 'Content-Type: text/csv'`); `text/plain`, `application/octet-stream` and no type at all are taken too. A form is 415: the page `/admin/codes/import` takes one.",
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
    201: json("What became of the codes", syncedCodesSchema),
    ...errors(400, 401, 403, 413, 415),
    500: json("Some codes could not be stored", partlySyncedSchema),
  },
});

export const adminImportCodes = newRouter().openapi(route, async (c) => {
  if (!CSV_TYPE.test(c.req.header("content-type") ?? ""))
    return fail(c, { code: "content_type_unsupported", detail: "Content-Type: text/csv" }) as never;
  const file = readCodesFile(new Uint8Array(await c.req.arrayBuffer()), Date.now());
  if ("problem" in file) return fail(c, problemError(file.problem)) as never;
  const outcome = await addCodes(c.get("services").db, file.codes, (error) => reportException(c, error));
  const answer = addedCodes(c, outcome, "授权码已导入");
  return answer.complete ? c.json(answer.body, 201) : c.json(answer.body, 500);
});
