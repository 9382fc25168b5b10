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
    /** When something was last said in it. */
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
    /** `partial` is what was said until the client hung up or the provider broke off. */
    status: text("status", { enum: ["complete", "partial"] }).notNull(),
    /** The model that said it; null for users. */
    model: text("model"),
    /** The user's message that an answer belongs to; null for users, and for answers of before this was kept. */
    answerTo: integer("answer_to"),
    createdAt: integer("created_at").notNull(),
  },
  (t) => [index("conversation_messages_by_conversation").on(t.conversationId, t.id)],
);
