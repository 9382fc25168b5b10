import { z } from "@hono/zod-openapi";
import { MAX_CREDITS, MAX_MONTHS, MIN_CREDITS } from "../../../core/payments/facts.ts";
import { id, time } from "./common.ts";
import { PAYMENT_METHODS } from "./limits.ts";

const paymentMethod = z.enum(PAYMENT_METHODS);

const amount = z.number().positive().optional().openapi({
  description:
    "The price that the client expects, in yuan. If it differs from the actual price, the order is refused.",
});

export const orderSchema = z
  .object({
    id,
    type: z.enum(["credits", "vip"]),
    credits: z.int().openapi({ description: "0 for VIP" }),
    months: z.int().openapi({ description: "0 for credits" }),
    amount: z.number().openapi({ description: "Yuan", example: 10 }),
    currency: z.string().openapi({ example: "CNY" }),
    status: z.enum(["PENDING", "PAID", "FAILED", "CANCELLED", "REFUNDED"]),
    paymentMethod,
    createdAt: time,
    expiresAt: time,
    paidAt: time.optional(),
  })
  .openapi("StudioOrder");

export const startedSchema = z
  .object({
    order: orderSchema,
    payment: z.discriminatedUnion("type", [
      z.object({ type: z.literal("redirect"), url: z.string() }),
      z.object({ type: z.literal("qr"), codeUrl: z.string() }),
    ]),
  })
  .openapi("StudioStartedPayment");

export const rechargeSchema = z.object({
  credits: z.int().min(MIN_CREDITS).max(MAX_CREDITS).openapi({ example: 100 }),
  paymentMethod,
  amount,
});

export const buyVipSchema = z.object({
  months: z.int().min(1).max(MAX_MONTHS).default(1),
  paymentMethod,
  amount,
});

export type StartedPayment = z.output<typeof startedSchema>;
