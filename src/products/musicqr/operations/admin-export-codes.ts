import { createRoute, z } from "@hono/zod-openapi";
import { newRouter } from "../../../http/validation.ts";
import { utcDay } from "../../../lib/clock.ts";
import { requireAdmin } from "../admin-auth.ts";
import { codesCsv } from "../print/codes-csv.ts";
import { statusFilter } from "./admin-list-codes.ts";
import { errors, SESSION_SECURITY, TAGS } from "./operation.ts";

const route = createRoute({
  method: "get",
  path: "/admin/api/codes/export",
  operationId: "adminExportCodes",
  tags: [TAGS.admin],
  summary: "Export codes as CSV",
  description:
    "Streams all codes, or those with one status, sorted by code. The file is UTF-8 with a byte order mark.",
  security: SESSION_SECURITY,
  middleware: [requireAdmin] as const,
  request: { query: z.object({ status: statusFilter }) },
  responses: {
    200: { description: "The file", content: { "text/csv": { schema: z.string() } } },
    ...errors(400, 401, 500),
  },
});

export const adminExportCodes = newRouter().openapi(route, (c) => {
  const { status } = c.req.valid("query");
  return c.body(codesCsv(c.get("services").directory.all(status)), 200, {
    "Content-Type": "text/csv; charset=utf-8",
    "Content-Disposition": `attachment; filename="codes-${status}-${utcDay(Date.now())}.csv"`,
  });
});
