import { z } from "@hono/zod-openapi";
import { id, time } from "./common.ts";
import { MAX_MESSAGE } from "./limits.ts";

export const chatSchema = z
  .object({
    message: z.string().trim().min(1).max(MAX_MESSAGE),
    conversationId: id
      .optional()
      .openapi({ description: "The conversation to continue; absent for a new one" }),
  })
  .openapi("StudioChat");

export const conversationSchema = z
  .object({ id, title: z.string(), createdAt: time, updatedAt: time })
  .openapi("StudioConversation");

export const messageSchema = z
  .object({
    id: z.int(),
    role: z.enum(["user", "assistant"]),
    content: z.string(),
    status: z.enum(["complete", "partial"]),
    model: z.string().optional(),
    createdAt: time,
  })
  .openapi("StudioMessage");

export const renameConversationSchema = z.object({ title: z.string().trim().min(1).max(100) });

export const conversationDetailSchema = conversationSchema.extend({
  messages: z.array(messageSchema),
  hasMore: z.boolean(),
});

export type Conversation = z.output<typeof conversationSchema>;
export type ConversationDetail = z.output<typeof conversationDetailSchema>;
export type ChatMessage = z.output<typeof messageSchema>;

/** An event of the stream that answers a message. */
export type ChatEvent =
  | { type: "token"; content: string }
  | { type: "done"; conversationId: string }
  | { type: "error"; message: string; conversationId: string };
