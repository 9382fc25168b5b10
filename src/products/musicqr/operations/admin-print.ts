import { createRoute, z } from "@hono/zod-openapi";
import { KIB, limitBody } from "../../../http/body.ts";
import type { AppContext } from "../../../http/context.ts";
import { printedOrigin } from "../../../http/origins.ts";
import { newRouter } from "../../../http/validation.ts";
import { requireAdmin, requireSameOrigin } from "../admin-auth.ts";
import { codeText } from "../contract.ts";
import { findCodes, normalizeCode } from "../domain/index.ts";
import { qrPng, qrSvg, verifyUrl } from "../print/qr-code.ts";
import { codeSheet } from "../print/sheet-pdf.ts";
import { fail } from "../respond.ts";
import { findCode } from "./admin-code.ts";
import { errors, SESSION_SECURITY, TAGS } from "./operation.ts";

/** Enough for 20 pages, which take about 100 ms of CPU. */
export const MAX_CODES_PER_SHEET = 480;

const qrRoute = createRoute({
  method: "get",
  path: "/admin/api/codes/{code}/qr",
  operationId: "adminCodeQr",
  tags: [TAGS.admin],
  summary: "Get the QR code of a code",
  description:
    "Returns the QR symbol with the address of the code's verification page, as SVG or PNG. With `download=1` the browser saves it as a file.",
  security: SESSION_SECURITY,
  middleware: [requireAdmin] as const,
  request: {
    params: z.object({ code: codeText }),
    query: z.object({ format: z.enum(["svg", "png"]).default("svg"), download: z.enum(["1"]).optional() }),
  },
  responses: {
    200: {
      description: "The symbol",
      content: {
        "image/svg+xml": { schema: z.string() },
        "image/png": { schema: z.string().openapi({ format: "binary" }) },
      },
    },
    ...errors(400, 401, 404, 500),
  },
});

const codeList = z.string().max(20_000).openapi({ example: "ABCD12345678,EFGH87654321" });

const sheetRoute = createRoute({
  method: "get",
  path: "/admin/api/codes/sheet",
  operationId: "adminCodeSheet",
  tags: [TAGS.admin],
  summary: "Get a sheet of QR codes",
  description:
    "Returns an A4 PDF of QR codes to print and cut, 24 per page. `codes` has at most 480 codes, separated by commas.",
  security: SESSION_SECURITY,
  middleware: [requireAdmin] as const,
  request: { query: z.object({ codes: codeList }) },
  responses: {
    200: {
      description: "The PDF",
      content: { "application/pdf": { schema: z.string().openapi({ format: "binary" }) } },
    },
    ...errors(400, 401, 404, 500),
  },
});

const sheetFormRoute = createRoute({
  ...sheetRoute,
  method: "post",
  operationId: "adminCodeSheetForm",
  description:
    "Like GET, for more codes than fit in a URL: a form with `codes`, repeated or separated by commas.",
  middleware: [requireSameOrigin, requireAdmin, limitBody(64 * KIB)] as const,
  request: {
    body: {
      required: true,
      content: {
        "application/x-www-form-urlencoded": {
          schema: z.object({ codes: z.union([codeList, z.array(codeList)]) }),
        },
      },
    },
  },
  responses: { ...sheetRoute.responses, ...errors(403, 413) },
});

const sheet = async (c: AppContext, inputs: readonly string[]) => {
  const given = inputs.flatMap((input) => input.split(/[\s,]+/)).filter((input) => input !== "");
  const codes = [...new Set(given.map((input) => normalizeCode(input)))];
  if (codes.includes(undefined)) return fail(c, { code: "code_malformed" });
  if (codes.length === 0 || codes.length > MAX_CODES_PER_SHEET) {
    const message = `must have 1 to ${MAX_CODES_PER_SHEET} codes`;
    return fail(c, { code: "invalid_request", issues: [{ path: "codes", message }] });
  }
  const wanted = codes.flatMap((code) => code ?? []);
  const known = await findCodes(c.get("services").db, wanted);
  if (wanted.some((code) => !known.has(code))) return fail(c, { code: "code_unknown" });
  return c.body(await codeSheet(printedOrigin(c), wanted), 200, {
    "Content-Type": "application/pdf",
    "Content-Disposition": 'attachment; filename="codes.pdf"',
  });
};

export const adminPrint = newRouter();

adminPrint.openapi(sheetRoute, (c) => sheet(c, [c.req.valid("query").codes]));

adminPrint.openapi(sheetFormRoute, (c) => sheet(c, [c.req.valid("form").codes].flat()));

adminPrint.openapi(qrRoute, async (c) => {
  const found = await findCode(c, c.req.valid("param").code);
  if (!found.ok) return fail(c, found.error);
  const { format, download } = c.req.valid("query");
  const url = verifyUrl(printedOrigin(c), found.value.code);
  const disposition = `${download ? "attachment" : "inline"}; filename="${found.value.code}.${format}"`;
  return format === "png"
    ? c.body(qrPng(url), 200, { "Content-Type": "image/png", "Content-Disposition": disposition })
    : c.body(qrSvg(url), 200, { "Content-Type": "image/svg+xml", "Content-Disposition": disposition });
});
