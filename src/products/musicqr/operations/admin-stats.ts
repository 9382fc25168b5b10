import { createRoute, z } from "@hono/zod-openapi";
import { newRouter } from "../../../http/validation.ts";
import { requireAdmin } from "../admin-auth.ts";
import { daySchema } from "../contract.ts";
import { activationRate, codeFigures, dayFigures } from "../domain/index.ts";
import { errors, json, SESSION_SECURITY, TAGS } from "./operation.ts";

const route = createRoute({
  method: "get",
  path: "/admin/api/stats",
  operationId: "adminStats",
  tags: [TAGS.admin],
  summary: "Get the statistics",
  description: "Returns the totals of the codes, and the scans of each of the last UTC days, newest first.",
  security: SESSION_SECURITY,
  middleware: [requireAdmin] as const,
  request: { query: z.object({ days: z.coerce.number().int().min(1).max(366).default(30) }) },
  responses: {
    200: json(
      "The statistics",
      z.object({
        success: z.literal(true),
        data: z.object({
          total_codes: z.int(),
          activated_codes: z.int(),
          revoked_codes: z.int(),
          activation_rate: z.number(),
          today_queries: z.int(),
          days: z.array(daySchema),
        }),
      }),
    ),
    ...errors(400, 401, 500),
  },
});

export const adminStats = newRouter().openapi(route, async (c) => {
  const { db } = c.get("services");
  const now = Date.now();
  const [figures, days] = await Promise.all([
    codeFigures(db, now),
    dayFigures(db, c.req.valid("query").days, now),
  ]);
  const data = {
    total_codes: figures.total,
    activated_codes: figures.activated,
    revoked_codes: figures.revoked,
    activation_rate: activationRate(figures),
    today_queries: figures.scansToday,
    days: days.map(({ day, ...rest }) => ({ date: day, ...rest })),
  };
  return c.json({ success: true as const, data }, 200);
});
