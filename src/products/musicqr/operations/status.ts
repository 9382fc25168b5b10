import { createRoute } from "@hono/zod-openapi";
import { newRouter } from "../../../http/validation.ts";
import { statusSchema } from "../contract.ts";
import { codeFigures } from "../domain/index.ts";
import { toStatus } from "../to-wire.ts";
import { errors, json, TAGS } from "./operation.ts";

const route = createRoute({
  method: "get",
  path: "/api/status",
  operationId: "getStatus",
  tags: [TAGS.public],
  summary: "Get the state of the system",
  description:
    "Returns the number of codes, of activated codes, and of answered scans on this UTC day. It reads four rows, for any number of codes.",
  responses: { 200: json("The statistics", statusSchema), ...errors(500) },
});

export const status = newRouter().openapi(route, async (c) => {
  const now = Date.now();
  const figures = await codeFigures(c.get("services").db, now);
  c.header("Cache-Control", "no-store");
  return c.json(toStatus(figures, now), 200);
});
