import { and, count, desc, eq, getTableColumns, gt, lt, ne, sql } from "drizzle-orm";
import type { Clock } from "../../../../lib/clock.ts";
import type { Failure } from "../../../../lib/domain-error.ts";
import { err, ok, type Result } from "../../../../lib/result.ts";
import type { Database } from "../../../../platform/db/client.ts";
import { conversationMessages, conversations } from "../../../../platform/db/schema/assistant.ts";
import { transaction } from "../../../../platform/db/transaction.ts";

export type Conversation = typeof conversations.$inferSelect;
export type StoredMessage = typeof conversationMessages.$inferSelect;

/** Number of latest messages that are loaded as history. `trimContext` then cuts them to the token limit. */
const HISTORY_MESSAGES = 60;
const TITLE_CHARACTERS = 40;

/** Returns the title of a new conversation: the first line of its first message, shortened. */
const titleOf = (message: string): string => {
  const line = message.trim().split(/\s*\n/)[0] ?? "";
  const characters = [...line];
  return characters.length <= TITLE_CHARACTERS
    ? line
    : `${characters.slice(0, TITLE_CHARACTERS - 1).join("")}…`;
};

/** Returns the id from the result of `INSERT … RETURNING id`; 0 if no row was inserted. */
const idOf = (inserted: D1Result | undefined): number => {
  const [row] = (inserted?.results ?? []) as { id: number }[];
  return row?.id ?? 0;
};

interface Begun {
  readonly conversationId: string;
  /** Id of the user's message. */
  readonly messageId: number;
  /** The earlier messages, oldest first. */
  readonly history: readonly Pick<StoredMessage, "role" | "content">[];
}

/** Stored conversations of users with the assistant, and their messages. */
export class Conversations {
  constructor(
    private readonly db: Database,
    private readonly clock: Clock,
  ) {}

  /** Stores a user's message, in one of the user's conversations or in a new one. One round trip. */
  async addMessage(
    userId: number,
    message: string,
    conversationId?: string,
  ): Promise<Result<Begun, Failure<"not_found">>> {
    const now = this.clock();
    if (conversationId === undefined) {
      const id = crypto.randomUUID();
      const [, asked] = await transaction(this.db, [
        sql`INSERT INTO ${conversations} (id, user_id, title, created_at, updated_at)
          VALUES (${id}, ${userId}, ${titleOf(message)}, ${now}, ${now})`,
        sql`INSERT INTO ${conversationMessages} (conversation_id, role, content, status, created_at)
          VALUES (${id}, 'user', ${message}, 'complete', ${now}) RETURNING id`,
      ]);
      return ok({ conversationId: id, messageId: idOf(asked), history: [] });
    }
    const mine = sql`SELECT 1 FROM ${conversations} WHERE id = ${conversationId} AND user_id = ${userId}`;
    const [found, earlier, asked] = await transaction(this.db, [
      sql`UPDATE ${conversations} SET updated_at = ${now} WHERE id = ${conversationId} AND user_id = ${userId}`,
      sql`SELECT role, content FROM ${conversationMessages}
        WHERE conversation_id = ${conversationId} AND content <> '' AND EXISTS (${mine})
        ORDER BY id DESC LIMIT ${HISTORY_MESSAGES}`,
      sql`INSERT INTO ${conversationMessages} (conversation_id, role, content, status, created_at)
        SELECT ${conversationId}, 'user', ${message}, 'complete', ${now} WHERE EXISTS (${mine}) RETURNING id`,
    ]);
    if (found?.meta.changes !== 1) return err({ code: "not_found", what: "conversation" });
    const history = (earlier?.results ?? []) as Pick<StoredMessage, "role" | "content">[];
    return ok({ conversationId, messageId: idOf(asked), history: history.toReversed() });
  }

  /**
   * Stores an answer, or the part of it that was generated: an empty text if the provider failed before its first
   * word. Does nothing if the conversation was deleted meanwhile.
   */
  async storeAnswer(
    conversationId: string,
    { content, status, model, answerTo }: Pick<StoredMessage, "content" | "status" | "model" | "answerTo">,
  ): Promise<void> {
    const now = this.clock();
    await transaction(this.db, [
      sql`INSERT INTO ${conversationMessages} (conversation_id, role, content, status, model, answer_to, created_at)
        SELECT ${conversationId}, 'assistant', ${content}, ${status}, ${model}, ${answerTo}, ${now}
        WHERE EXISTS (SELECT 1 FROM ${conversations} WHERE id = ${conversationId})`,
      sql`UPDATE ${conversations} SET updated_at = ${now} WHERE id = ${conversationId}`,
    ]);
  }

  /**
   * Returns a message of the user and its stored answer. The answer is undefined while it is still being generated.
   */
  async findAnswer(
    userId: number,
    conversationId: string,
    messageId: number,
  ): Promise<Result<{ asked: StoredMessage; answer: StoredMessage | undefined }, Failure<"not_found">>> {
    const messages = getTableColumns(conversationMessages);
    const [[asked], [answer]] = await this.db.batch([
      this.db
        .select(messages)
        .from(conversationMessages)
        .innerJoin(conversations, eq(conversations.id, conversationMessages.conversationId))
        .where(
          and(
            eq(conversationMessages.id, messageId),
            eq(conversationMessages.role, "user"),
            eq(conversations.id, conversationId),
            eq(conversations.userId, userId),
          ),
        ),
      this.db
        .select()
        .from(conversationMessages)
        .where(
          and(
            eq(conversationMessages.conversationId, conversationId),
            gt(conversationMessages.id, messageId),
            eq(conversationMessages.answerTo, messageId),
          ),
        )
        .limit(1),
    ]);
    return asked ? ok({ asked, answer }) : err({ code: "not_found", what: "conversation" });
  }

  /** Returns a page of a user's conversations, the latest first, and the total count. One round trip. */
  async list(
    userId: number,
    { page, limit }: { readonly page: number; readonly limit: number },
  ): Promise<{ conversations: Conversation[]; total: number }> {
    const mine = eq(conversations.userId, userId);
    const [rows, [counted]] = await this.db.batch([
      this.db
        .select()
        .from(conversations)
        .where(mine)
        .orderBy(desc(conversations.updatedAt), desc(conversations.id))
        .limit(limit)
        .offset((page - 1) * limit),
      this.db.select({ total: count() }).from(conversations).where(mine),
    ]);
    return { conversations: rows, total: counted?.total ?? 0 };
  }

  /**
   * Returns a conversation with its latest messages, or with the latest ones before the message `before`, in both
   * cases oldest first. One round trip.
   */
  async find(
    userId: number,
    id: string,
    { before, limit }: { readonly before?: number | undefined; readonly limit: number },
  ): Promise<
    Result<{ conversation: Conversation; messages: StoredMessage[]; hasMore: boolean }, Failure<"not_found">>
  > {
    const [[conversation], rows] = await this.db.batch([
      this.db
        .select()
        .from(conversations)
        .where(and(eq(conversations.id, id), eq(conversations.userId, userId))),
      this.db
        .select()
        .from(conversationMessages)
        .where(
          and(
            eq(conversationMessages.conversationId, id),
            // An answer without any text is stored for `resume` only and is not shown.
            ne(conversationMessages.content, ""),
            before === undefined ? undefined : lt(conversationMessages.id, before),
          ),
        )
        .orderBy(desc(conversationMessages.id))
        .limit(limit + 1),
    ]);
    if (!conversation) return err({ code: "not_found", what: "conversation" });
    return ok({
      conversation,
      messages: rows.slice(0, limit).toReversed(),
      hasMore: rows.length > limit,
    });
  }

  async rename(
    userId: number,
    id: string,
    title: string,
  ): Promise<Result<Conversation, Failure<"not_found">>> {
    const [renamed] = await this.db
      .update(conversations)
      .set({ title })
      .where(and(eq(conversations.id, id), eq(conversations.userId, userId)))
      .returning();
    return renamed ? ok(renamed) : err({ code: "not_found", what: "conversation" });
  }

  /** Deletes a conversation and its messages. */
  async remove(userId: number, id: string): Promise<Result<void, Failure<"not_found">>> {
    const mine = sql`SELECT id FROM ${conversations} WHERE id = ${id} AND user_id = ${userId}`;
    const [, removed] = await transaction(this.db, [
      sql`DELETE FROM ${conversationMessages} WHERE conversation_id IN (${mine})`,
      sql`DELETE FROM ${conversations} WHERE id = ${id} AND user_id = ${userId}`,
    ]);
    return removed?.meta.changes === 1 ? ok(undefined) : err({ code: "not_found", what: "conversation" });
  }
}
