import { type SQL, sql } from "drizzle-orm";
import { shortId } from "../../lib/ids.ts";
import type { Database } from "../../platform/db/client.ts";
import { webhookDeliveries, webhookEndpoints, webhookEvents } from "../../platform/db/schema/webhooks.ts";
import { type Statement, type StatementResults, transaction } from "../../platform/db/transaction.ts";
import { bodyOf, type NewEvent } from "./events.ts";

/**
 * The SQL expression for a delivery id (80 random bits). It is SQL because deliveries are created by INSERT … SELECT.
 */
export const newDeliveryId = sql.raw("'dlv_' || lower(hex(randomblob(10)))");

/**
 * Returns the statements that write an event and its deliveries, for the transaction of the change itself. They run
 * before the statements of that change, so that `when` can test whether the change will take effect. The second one
 * returns the ids of the deliveries. If no endpoint of the account subscribes to the event, they read one index and
 * write nothing.
 */
const eventStatements = ({
  userId,
  environment,
  type,
  data,
  at,
  when,
}: NewEvent): [SQL, SQL<{ id: string }>] => {
  const id = shortId("evt");
  const wanting = sql`FROM ${webhookEndpoints} AS e WHERE e.user_id = ${userId} AND e.environment = ${environment}
    AND e.disabled_reason IS NULL AND EXISTS (SELECT 1 FROM json_each(e.events) WHERE value = ${type})`;
  return [
    sql`INSERT INTO ${webhookEvents} (id, user_id, environment, type, body, created_at)
      SELECT ${id}, ${userId}, ${environment}, ${type}, ${bodyOf({ id, type, at, data })}, ${at}
      WHERE EXISTS (SELECT 1 ${wanting}) AND ${when ?? sql`true`}`,
    sql<{
      id: string;
    }>`INSERT INTO ${webhookDeliveries} (id, event_id, endpoint_id, status, next_at, created_at)
      SELECT ${newDeliveryId}, ${id}, e.id, 'pending', ${at}, ${at} ${wanting}
        AND EXISTS (SELECT 1 FROM ${webhookEvents} WHERE id = ${id})
      RETURNING id`,
  ];
};

/** Runs transactions together with the events that they cause. */
export class Outbox {
  constructor(
    private readonly db: Database,
    /**
     * Sends queue messages that make a consumer look at these deliveries. It runs after the response and never
     * throws; the webhook sweep finds deliveries without a message.
     */
    private readonly wake: (deliveryIds: readonly string[]) => void,
  ) {}

  /**
   * Writes the events and the statements in one transaction. Returns the results of the statements in their order.
   */
  async run<const S extends readonly Statement[]>(
    events: readonly NewEvent[],
    statements: S,
  ): Promise<StatementResults<S>> {
    const eventQueries = events.flatMap(eventStatements);
    const results = await transaction<readonly Statement[]>(this.db, [...eventQueries, ...statements]);
    const ofEvents = results.slice(0, eventQueries.length) as D1Result<{ id?: string }>[];
    const made = ofEvents.flatMap((result) => result.results.flatMap(({ id }) => id ?? []));
    if (made.length > 0) this.wake(made);
    return results.slice(eventQueries.length) as StatementResults<S>;
  }
}
