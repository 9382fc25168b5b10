import { createRoute, z } from "@hono/zod-openapi";
import { balanceOf, summaryOf } from "../../../core/credits/index.ts";
import { pendingEmailSchema } from "../../../http/account-fields.ts";
import { newRouter } from "../../../http/validation.ts";
import { signedIn } from "../limits.ts";
import { avatarUrlOf } from "../urls.ts";
import { id, isoTime, PRODUCT, reply, time } from "../wire.ts";
import { BEARER_SECURITY, data, errors, TAGS } from "./operation.ts";

const profileSchema = z
  .object({
    id,
    username: z.string(),
    email: z.string(),
    pendingEmail: pendingEmailSchema,
    avatar: z.string().openapi({ description: "The URL of the picture; empty if there is none" }),
    computePower: z.int().openapi({ description: "Credits left in the wallet", example: 50 }),
    vipLevel: z.int().openapi({ description: "1 for VIP", example: 0 }),
    vipUntil: time.optional(),
    totalGenerated: z.int().openapi({ description: "The number of finished works", example: 0 }),
    role: z.enum(["USER", "ADMIN"]),
  })
  .openapi("StudioProfile");

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

const powerSchema = z
  .object({
    total: z.int().openapi({ description: "The sum of `used` and `remaining`", example: 50 }),
    used: z.int().openapi({ description: "Credits that were spent, minus refunds", example: 10 }),
    remaining: z.int().openapi({ example: 40 }),
    gifted: z.int().openapi({
      description: "Credits that were given to the account, not counting the initial ones",
      example: 0,
    }),
    hdCount: z.int().openapi({ description: "The number of works in HD", example: 0 }),
  })
  .openapi("StudioComputePower");

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
