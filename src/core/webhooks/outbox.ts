import { type SQL, sql } from "drizzle-orm";
import { shortId } from "../../lib/ids.ts";
import { type Database, runTransaction } from "../../platform/db/client.ts";
import { webhookDeliveries, webhookEndpoints, webhookEvents } from "../../platform/db/schema/webhooks.ts";
import { bodyOf, type NewEvent } from "./events.ts";

/** Under this name the statements below say which deliveries they made. */
const MADE = "made_webhook_delivery";

/** A delivery's id, made where rows are made of rows: 80 random bits. */
export const newDeliveryId = sql.raw("'dlv_' || lower(hex(randomblob(10)))");

/**
 * The statements that write an event and its deliveries, for the transaction in which it happens. They come before the
 * statements they tell of, so that `when` can ask whether those will change something. Where no endpoint of the account
 * wants the event they read one index and write nothing.
 */
export const eventStatements = ({ userId, environment, type, data, at, when }: NewEvent): SQL[] => {
  const id = shortId("evt");
  const wanting = sql`FROM ${webhookEndpoints} AS e WHERE e.user_id = ${userId} AND e.environment = ${environment}
    AND e.disabled_reason IS NULL AND EXISTS (SELECT 1 FROM json_each(e.events) WHERE value = ${type})`;
  return [
    sql`INSERT INTO ${webhookEvents} (id, user_id, environment, type, body, created_at)
      SELECT ${id}, ${userId}, ${environment}, ${type}, ${bodyOf({ id, type, at, data })}, ${at}
      WHERE EXISTS (SELECT 1 ${wanting}) AND ${when ?? sql`true`}`,
    sql`INSERT INTO ${webhookDeliveries} (id, event_id, endpoint_id, status, next_at, created_at)
      SELECT ${newDeliveryId}, ${id}, e.id, 'pending', ${at}, ${at} ${wanting}
        AND EXISTS (SELECT 1 FROM ${webhookEvents} WHERE id = ${id})
      RETURNING id AS ${sql.raw(MADE)}`,
  ];
};

/** The deliveries that the statements of a transaction made: somebody is to be woken for them. */
export const deliveriesIn = (results: readonly D1Result[]): string[] =>
  results.flatMap(({ results: rows }) =>
    ((rows ?? []) as Record<string, unknown>[]).flatMap((row) =>
      typeof row[MADE] === "string" ? [row[MADE]] : [],
    ),
  );

/** Runs transactions together with what they tell of. */
export class Outbox {
  constructor(
    private readonly db: Database,
    /** Wakes somebody for deliveries, later and without failing: the sweep finds what nobody was woken for. */
    private readonly wake: (deliveryIds: readonly string[]) => void,
  ) {}

  /** Gives what the statements gave, in their order. Either all of it is written or nothing. */
  async run(events: readonly NewEvent[], statements: readonly SQL[]): Promise<D1Result[]> {
    const told = events.flatMap(eventStatements);
    const results = await runTransaction(this.db, [...told, ...statements]);
    const made = deliveriesIn(results.slice(0, told.length));
    if (made.length > 0) this.wake(made);
    return results.slice(told.length);
  }
}
