import { createRoute } from "@hono/zod-openapi";
import { codeFigures } from "../../../core/codes/index.ts";
import { newRouter } from "../../../http/validation.ts";
import { statusSchema, toStatus } from "../wire.ts";
import { errors, json, TAGS } from "./operation.ts";

const route = createRoute({
  method: "get",
  path: "/api/status",
  operationId: "getStatus",
  tags: [TAGS.public],
  summary: "State of the system",
  description:
    "How many codes there are, how many are activated, and the answered scans of this UTC day. Four rows are read, however many codes there are.",
  responses: { 200: json("The figures", statusSchema), ...errors(500) },
});

export const status = newRouter().openapi(route, async (c) => {
  const now = Date.now();
  const figures = await codeFigures(c.get("services").db, now);
  c.header("Cache-Control", "no-store");
  return c.json(toStatus(figures, now), 200);
});
