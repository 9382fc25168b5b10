import { z } from "@hono/zod-openapi";
import { environmentSchema, requestedEnvironmentSchema, time } from "./common.ts";
import { EVENT_TYPES, MAX_OVERLAP_HOURS, MAX_WEBHOOK_URL } from "./limits.ts";

const eventTypeSchema = z.enum(EVENT_TYPES).openapi({ example: "audio.uploaded" });

export const webhookParams = z.object({
  webhookId: z.string().openapi({ param: { name: "webhookId", in: "path" }, example: "wh_…" }),
});

export const deliveryParams = z.object({
  deliveryId: z.string().openapi({ param: { name: "deliveryId", in: "path" }, example: "dlv_…" }),
});

/**
 * The environment of the webhooks. A key has its own environment; a session token selects one with this parameter.
 */
export const environmentQuery = z.object({
  environment: requestedEnvironmentSchema.optional().openapi({
    description:
      "Only for a session token: `live` (or `production`) by default. Ignored for an API key or an application, which have an environment already",
  }),
});

export const urlSchema = z
  .string()
  .max(MAX_WEBHOOK_URL)
  .openapi({ example: "https://your-server.com/webhook" });

const eventsSchema = z.array(eventTypeSchema).min(1).max(EVENT_TYPES.length);

const secretSchema = z.string().max(256).openapi({
  description:
    "`whsec_` and the base64 of 24 to 64 bytes, or 16 to 256 printable ASCII characters without spaces. The server generates one where it is left out",
  example: "your_webhook_secret",
});

export const webhookSchema = z
  .object({
    id: z.string().openapi({ example: "wh_…" }),
    url: z.url(),
    events: z.array(eventTypeSchema),
    environment: environmentSchema,
    clientId: z.string().nullable().openapi({
      description:
        "The application that created the webhook; null where the account created it, itself or with a key",
      example: "client_…",
    }),
    enabled: z.boolean(),
    disabledReason: z.enum(["owner", "gone", "failing"]).nullable().openapi({
      description:
        "`owner`: its owner switched it off; `gone`: the receiver answered 410; `failing`: no delivery succeeded for 5 days",
    }),
    failingSince: time.nullable().openapi({ description: "Since when no delivery has succeeded" }),
    previousSecretUntil: time.nullable().openapi({
      description: "Until when deliveries are also signed with the previous secret",
    }),
    createdAt: time,
    updatedAt: time,
  })
  .openapi("LoopspaceWebhook");

export const webhookWithSecretSchema = webhookSchema
  .extend({
    secret: z.string().openapi({ description: "Returned only in this response", example: "whsec_…" }),
  })
  .openapi("LoopspaceWebhookWithSecret");

const attemptSchema = z.object({
  at: time,
  status: z.int().nullable().openapi({ description: "The receiver's HTTP status; null for no response" }),
  error: z.string().nullable().openapi({
    description:
      "`timeout`, `connection_failed`, `redirected`, `address_refused` or `secret_unreadable`; null where `status` tells the outcome",
  }),
  durationMs: z.int(),
  response: z.string().openapi({
    description:
      "The first kilobyte of the response body; empty for an address on the server's own machine (in development)",
  }),
});

export const deliverySchema = z
  .object({
    id: z.string().openapi({ example: "dlv_…" }),
    webhookId: z.string().openapi({ example: "wh_…" }),
    event: z.object({ id: z.string().openapi({ example: "evt_…" }), type: eventTypeSchema }),
    status: z.enum(["pending", "delivered", "failed"]),
    error: z.string().nullable().openapi({
      description:
        "The error of the last attempt; `endpoint_disabled` where no attempt was made because the webhook is off",
    }),
    attempts: z.array(attemptSchema).openapi({ description: "The last 20 attempts, oldest first" }),
    nextAttemptAt: time.nullable(),
    createdAt: time,
    deliveredAt: time.nullable(),
  })
  .openapi("LoopspaceDelivery");

export const deliveryWithPayloadSchema = deliverySchema
  .extend({
    payload: z.record(z.string(), z.unknown()).openapi({ description: "The request body as it is sent" }),
  })
  .openapi("LoopspaceDeliveryWithPayload");

export const newWebhookSchema = z.object({
  url: urlSchema,
  events: eventsSchema,
  secret: secretSchema.optional(),
});

export const updateWebhookSchema = z
  .object({ url: urlSchema, events: eventsSchema, enabled: z.boolean() })
  .partial();

export const rotateSecretSchema = z.object({
  secret: secretSchema.optional(),
  overlapHours: z.int().min(0).max(MAX_OVERLAP_HOURS).default(MAX_OVERLAP_HOURS),
});

export const recoverSchema = z.object({
  since: z.iso.datetime({ offset: true }).openapi({ example: "2026-11-21T08:00:00Z" }),
});

export const recoveredSchema = z.object({ requeued: z.int(), hasMore: z.boolean() });

export const sendExampleSchema = z.object({ type: eventTypeSchema });

export type Webhook = z.output<typeof webhookSchema>;
export type WebhookWithSecret = z.output<typeof webhookWithSecretSchema>;
export type WebhookDelivery = z.output<typeof deliverySchema>;
export type WebhookDeliveryWithPayload = z.output<typeof deliveryWithPayloadSchema>;
export type Recovered = z.output<typeof recoveredSchema>;
