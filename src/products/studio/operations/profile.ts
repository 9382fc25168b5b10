import { createRoute } from "@hono/zod-openapi";
import { balanceOf, summaryOf } from "../../../core/credits/index.ts";
import { newRouter } from "../../../http/validation.ts";
import { isoTime } from "../../../lib/clock.ts";
import { powerSchema, profileSchema } from "../contract/index.ts";
import { signedIn } from "../limits.ts";
import { PRODUCT, reply } from "../reply.ts";
import { avatarUrlOf } from "../urls.ts";
import { BEARER_SECURITY, data, errors, TAGS } from "./operation.ts";

const profileRoute = createRoute({
  method: "get",
  path: "/api/v1/user/profile",
  operationId: "studioProfile",
  tags: [TAGS.users],
  summary: "Get the caller's account",
  description: "The current data of the account.",
  security: BEARER_SECURITY,
  middleware: [signedIn] as const,
  responses: { 200: data("The account", profileSchema), ...errors(401) },
});

const powerRoute = createRoute({
  method: "get",
  path: "/api/v1/user/compute-power",
  operationId: "studioComputePower",
  tags: [TAGS.users],
  summary: "Get the computing power",
  description:
    "The platform has one wallet for all products, so credits bought in another product count here.",
  security: BEARER_SECURITY,
  middleware: [signedIn] as const,
  responses: { 200: data("The wallet", powerSchema), ...errors(401) },
});

export const profile = newRouter()
  .openapi(profileRoute, async (c) => {
    const { user } = c.get("caller");
    const { db, generator } = c.get("services");
    const [computePower, { completed }] = await Promise.all([
      balanceOf(db, user.id),
      generator.completedCounts(user.id, PRODUCT),
    ]);
    c.header("Cache-Control", "no-store");
    return reply(c, {
      id: user.uuid,
      username: user.username,
      email: user.email ?? "",
      ...(user.pendingEmail !== null && { pendingEmail: user.pendingEmail }),
      avatar: avatarUrlOf(c, user.avatarKey),
      computePower,
      vipLevel: user.plan === "pro" ? 1 : 0,
      ...(user.planUntil === null ? {} : { vipUntil: isoTime(user.planUntil) }),
      totalGenerated: completed,
      role: user.role,
    });
  })
  .openapi(powerRoute, async (c) => {
    const { user } = c.get("caller");
    const { db, generator } = c.get("services");
    const [{ balance, used, gifted }, { hd }] = await Promise.all([
      summaryOf(db, user.id),
      generator.completedCounts(user.id, PRODUCT),
    ]);
    c.header("Cache-Control", "no-store");
    return reply(c, { total: balance + used, used, remaining: balance, gifted, hdCount: hd });
  });
