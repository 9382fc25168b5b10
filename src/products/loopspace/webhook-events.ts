import { type OpenAPIHono, z } from "@hono/zod-openapi";
import { EVENT_DATA, EVENT_TYPES, type EventType, EXAMPLES } from "../../core/webhooks/index.ts";
import type { AppEnv } from "../../http/context.ts";
import { time } from "./contract/index.ts";
import { TAGS } from "./operations/operation.ts";

const SUMMARIES: Record<EventType, string> = {
  "audio.uploaded": "A track of the account is ready to play",
  "user.followed": "A user followed the account",
  "purchase.completed": "A user bought a track of the account",
  "generation.completed": "A video or images were generated for the account",
  "generation.failed": "A generation failed; its credits were refunded",
  "meeting.ended": "A meeting that the account hosts has ended",
  "order.paid": "An order of the account was paid",
};

const headers = z.object({
  "webhook-id": z.string().openapi({ description: "The id of the event: the same at every attempt" }),
  "webhook-timestamp": z.string().openapi({ description: "When the attempt is sent, in Unix seconds" }),
  "webhook-signature": z.string().openapi({
    description:
      "`v1,` and the base64 HMAC-SHA256 of `{id}.{timestamp}.{body}`; two signatures, separated by a space, while the secret is rotated",
  }),
  "x-loopspace-signature": z.string().openapi({ description: "Hex HMAC-SHA256 of the body" }),
});

/** Adds the webhook events to the OpenAPI document. */
export const registerWebhookEvents = ({ openAPIRegistry }: OpenAPIHono<AppEnv>): void => {
  for (const type of EVENT_TYPES) {
    const createdAt = "2026-11-21T08:00:00.000Z";
    const schema = z
      .object({
        id: z.string(),
        type: z.literal(type),
        createdAt: time,
        data: EVENT_DATA[type],
        example: z.literal(true).optional().openapi({
          description: "Present only in a test delivery, whose event did not happen",
        }),
      })
      .openapi({ example: { id: "evt_…", type, createdAt, data: EXAMPLES[type] } as object });
    openAPIRegistry.registerWebhook({
      method: "post",
      path: type,
      operationId: `loopspaceEvent_${type.replace(".", "_")}`,
      tags: [TAGS.webhooks],
      summary: SUMMARIES[type],
      security: [],
      request: { headers, body: { required: true, content: { "application/json": { schema } } } },
      responses: {
        "2XX": { description: "The delivery succeeded. After any other status it is retried" },
        410: { description: "The platform switches the webhook off" },
      },
    });
  }
};
