import { createRoute } from "@hono/zod-openapi";
import { newRouter } from "../../../http/validation.ts";
import { requireOwner } from "../access.ts";
import { usageQuery, usageSchema } from "../contract/index.ts";
import { errors, json, OWNER_SECURITY, TAGS } from "./operation.ts";

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
    query: usageQuery,
  },
  responses: {
    200: json("The figures", usageSchema),
    ...errors(400, 401),
  },
});

export const developerUsage = newRouter().openapi(route, async (c) => {
  const { days } = c.req.valid("query");
  const data = await c.get("services").usage.of(c.get("access").user.id, days);
  const sum = (figure: "calls" | "failures") => data.reduce((total, row) => total + row[figure], 0);
  return c.json({ days, calls: sum("calls"), failures: sum("failures"), data }, 200);
});
