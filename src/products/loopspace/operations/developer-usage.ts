import { createRoute, z } from "@hono/zod-openapi";
import { newRouter } from "../../../http/validation.ts";
import { requireOwner } from "../access.ts";
import { errors, json, OWNER_SECURITY, TAGS } from "./operation.ts";

const figures = {
  calls: z.int(),
  failures: z.int().openapi({ description: "The calls that were refused or failed" }),
};

const route = createRoute({
  method: "get",
  path: "/api/v1/developer/usage",
  operationId: "loopspaceUsage",
  tags: [TAGS.developer],
  summary: "Get the number of API calls",
  description:
    "Counts by UTC day and by credential: an API key, an application of the caller (with its calls for all accounts), or `session`. Updated with a delay of some seconds.",
  security: OWNER_SECURITY,
  middleware: [requireOwner] as const,
  request: {
    query: z.object({ days: z.coerce.number().int().min(1).max(90).default(30).openapi({ example: 30 }) }),
  },
  responses: {
    200: json(
      "The figures",
      z
        .object({
          days: z.int(),
          ...figures,
          data: z.array(
            z.object({
              day: z.string().openapi({ example: "2026-11-21" }),
              credential: z.string().openapi({ example: "key_…" }),
              ...figures,
            }),
          ),
        })
        .openapi("LoopspaceUsage"),
    ),
    ...errors(400, 401),
  },
});

export const developerUsage = newRouter().openapi(route, async (c) => {
  const { days } = c.req.valid("query");
  const data = await c.get("services").usage.of(c.get("access").user.id, days);
  const sum = (figure: "calls" | "failures") => data.reduce((total, row) => total + row[figure], 0);
  return c.json({ days, calls: sum("calls"), failures: sum("failures"), data }, 200);
});
