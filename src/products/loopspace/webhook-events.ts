import type { OpenAPIHono } from "@hono/zod-openapi";
import { z } from "@hono/zod-openapi";
import { EVENT_DATA, EVENT_TYPES, type EventType, EXAMPLES } from "../../core/webhooks/index.ts";
import type { AppEnv } from "../../http/context.ts";
import { TAGS } from "./routes/operation.ts";
import { time } from "./wire.ts";

const SUMMARIES: Record<EventType, string> = {
  "audio.uploaded": "A track of the account can be heard",
  "user.followed": "Somebody follows the account",
  "purchase.completed": "Somebody bought a track of the account",
  "generation.completed": "A video or images were made for the account",
  "generation.failed": "A generation came to nothing; its credits were given back",
  "meeting.ended": "A meeting the account hosts has ended",
  "order.paid": "An order of the account was paid",
};

const headers = z.object({
  "webhook-id": z.string().openapi({ description: "Of the event: the same however often it comes" }),
  "webhook-timestamp": z.string().openapi({ description: "When it is sent, Unix seconds" }),
  "webhook-signature": z.string().openapi({
    description: "`v1,` and the base64 HMAC-SHA256 of `{id}.{timestamp}.{body}`; two while a secret rotates",
  }),
  "x-loopspace-signature": z.string().openapi({ description: "Hex HMAC-SHA256 of the body" }),
});

/** Writes what is sent to webhooks into the API document. */
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
          description: "There where somebody asked for an example: it never happened",
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
        "2XX": { description: "It has arrived. Anything else is tried again" },
        410: { description: "The webhook is switched off" },
      },
    });
  }
};
