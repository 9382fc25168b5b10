import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** Conversations with the assistant. Times are ms UTC. */
export const conversations = sqliteTable(
  "conversations",
  {
    /** UUID */
    id: text("id").primaryKey(),
    userId: integer("user_id").notNull(),
    title: text("title").notNull(),
    createdAt: integer("created_at").notNull(),
    /** The time of the last message. */
    updatedAt: integer("updated_at").notNull(),
  },
  (t) => [index("conversations_by_user").on(t.userId, t.updatedAt, t.id)],
);

export const conversationMessages = sqliteTable(
  "conversation_messages",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    conversationId: text("conversation_id")
      .notNull()
      .references(() => conversations.id, { onDelete: "cascade" }),
    role: text("role", { enum: ["user", "assistant"] }).notNull(),
    content: text("content").notNull(),
    /** `partial` is an answer that ended early because the client disconnected or the provider failed. */
    status: text("status", { enum: ["complete", "partial"] }).notNull(),
    /** The model that wrote the answer; null for messages of users. */
    model: text("model"),
    /** The id of the user's message that is answered; null for users' messages and answers older than the column. */
    answerTo: integer("answer_to"),
    createdAt: integer("created_at").notNull(),
  },
  (t) => [index("conversation_messages_by_conversation").on(t.conversationId, t.id)],
);
