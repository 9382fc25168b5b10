import { asc, type SQL, sql } from "drizzle-orm";
import type { Clock } from "../../lib/clock.ts";
import type { Failure } from "../../lib/domain-error.ts";
import { shortId } from "../../lib/ids.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import type { Database } from "../../platform/db/client.ts";
import {
  webhookAttempts,
  webhookDeliveries,
  webhookEndpoints,
  webhookEvents,
} from "../../platform/db/schema/webhooks.ts";
import { transaction } from "../../platform/db/transaction.ts";
import type { EndpointOwner } from "./endpoints.ts";
import { bodyOf, EXAMPLES } from "./events.ts";
import type { EventType } from "./facts.ts";
import { newDeliveryId } from "./outbox.ts";

/** The most deliveries that one call of `recover` queues again. */
export const RECOVERED_AT_ONCE = 10_000;
/** The highest total that a list reports; the pages themselves continue beyond it. */
const MAX_COUNTED = 1_000;
/** How many attempts of a delivery are shown: the latest ones. */
const ATTEMPTS_SHOWN = 20;

type Row = typeof webhookDeliveries.$inferSelect;
type Attempt = Pick<typeof webhookAttempts.$inferSelect, "at" | "status" | "error" | "took" | "response">;

/** A delivery as its owner sees it. Times are ms UTC. */
export interface Delivery
  extends Pick<Row, "id" | "endpointId" | "eventId" | "status" | "lastError" | "createdAt" | "deliveredAt"> {
  readonly type: EventType;
  /** When the next attempt is due; null once the delivery is settled. */
  readonly nextAt: number | null;
  /** The latest attempts, oldest first. */
  readonly attempts: readonly Attempt[];
}

/** A delivery with the exact body that is sent. */
export type DeliveryWithBody = Delivery & { readonly body: string };

export interface DeliveryFilter {
  readonly status?: Row["status"] | undefined;
  readonly page: number;
  readonly limit: number;
}

const notFound = (what: "webhook" | "delivery") => err({ code: "not_found", what });
const switchedOff = () => err({ code: "state_conflict", what: "webhook", state: "SWITCHED_OFF" });
const rowsOf = <T>(result: D1Result | undefined): T[] => (result?.results ?? []) as T[];

/** Builds the condition that the owner may see the endpoint `e`. */
const isVisibleTo = ({ userId, environment, clientId }: EndpointOwner): SQL =>
  sql`e.user_id = ${userId} AND e.environment = ${environment}
    AND ${clientId === null ? sql`true` : sql`e.client_id = ${clientId}`}`;

const endpointOf = (owner: EndpointOwner, id: string): SQL =>
  sql`SELECT e.id, e.disabled_reason AS disabledReason FROM ${webhookEndpoints} AS e
    WHERE e.id = ${id} AND ${isVisibleTo(owner)}`;

const columns =
  sql.raw(`d.id, d.endpoint_id AS endpointId, d.event_id AS eventId, d.status, d.last_error AS lastError,
  d.next_at AS nextAt, d.created_at AS createdAt, d.delivered_at AS deliveredAt, v.type`);

/**
 * Literals, not bound parameters: SQLite uses the partial index of failed deliveries only for a literal condition.
 */
const IS: Readonly<Record<Row["status"], SQL>> = {
  pending: sql`status = 'pending'`,
  delivered: sql`status = 'delivered'`,
  failed: sql`status = 'failed'`,
};

/** Sets a delivery to pending with a new retry schedule that starts now. */
const restarted = (now: number): SQL =>
  sql`status = 'pending', attempts = 0, next_at = ${now}, claimed_until = NULL, delivered_at = NULL`;

/** The log of an endpoint's deliveries, and the owner's actions to send deliveries again. */
export class WebhookDeliveries {
  constructor(
    private readonly db: Database,
    private readonly clock: Clock,
    /**
     * Sends queue messages that make a consumer look at these deliveries. It runs after the response and never
     * throws.
     */
    private readonly wake: (deliveryIds: readonly string[]) => void,
  ) {}

  /**
   * Lists a page of an endpoint's deliveries, latest first, with their total (counted up to 1,000) and whether more
   * follow. It takes two round trips to the database.
   */
  async list(
    owner: EndpointOwner,
    endpointId: string,
    { status, page, limit }: DeliveryFilter,
  ): Promise<Result<{ deliveries: Delivery[]; total: number; hasMore: boolean }, Failure<"not_found">>> {
    const mine = sql`endpoint_id = ${endpointId} AND ${status ? IS[status] : sql`true`}`;
    const newest = (alias: SQL) => sql`${alias}.created_at DESC, ${alias}.id DESC`;
    const [endpoint, rows, counted] = await transaction(this.db, [
      endpointOf(owner, endpointId),
      // One extra row shows whether more follow. The inner query skips rows in the index, before the join.
      sql`SELECT ${columns} FROM (SELECT * FROM ${webhookDeliveries} AS o WHERE ${mine} ORDER BY ${newest(sql`o`)}
          LIMIT ${limit + 1} OFFSET ${(page - 1) * limit}) AS d
        JOIN ${webhookEvents} AS v ON v.id = d.event_id ORDER BY ${newest(sql`d`)}`,
      sql`SELECT count(*) AS total FROM (SELECT 1 FROM ${webhookDeliveries} WHERE ${mine} LIMIT ${MAX_COUNTED})`,
    ]);
    if (rowsOf(endpoint).length === 0) return notFound("webhook");
    const [{ total } = { total: 0 }] = rowsOf<{ total: number }>(counted);
    const found = rowsOf<Delivery>(rows);
    const deliveries = await this.withAttempts(found.slice(0, limit));
    return ok({ deliveries, total, hasMore: found.length > limit });
  }

  /** Returns a delivery with its body. A delivery of another owner is not found. */
  async find(owner: EndpointOwner, id: string): Promise<Result<DeliveryWithBody, Failure<"not_found">>> {
    const [rows] = await transaction(this.db, [
      sql`SELECT ${columns}, v.body FROM ${webhookDeliveries} AS d JOIN ${webhookEvents} AS v ON v.id = d.event_id
        JOIN ${webhookEndpoints} AS e ON e.id = d.endpoint_id WHERE d.id = ${id} AND ${isVisibleTo(owner)}`,
    ]);
    const [found] = await this.withAttempts(rowsOf<DeliveryWithBody>(rows));
    return found ? ok(found) : notFound("delivery");
  }

  /**
   * Sends a delivery again, whatever its status: the same event under the same id, with a new retry schedule. One that
   * is being sent at this moment keeps its lease; `recordResults` sees from the attempts that it must be sent again.
   */
  async redeliver(
    owner: EndpointOwner,
    id: string,
  ): Promise<Result<DeliveryWithBody, Failure<"not_found" | "state_conflict">>> {
    const now = this.clock();
    const isOf = (endpoint: SQL) => sql`id = ${id} AND EXISTS (SELECT 1 FROM ${webhookEndpoints} AS e
      WHERE e.id = endpoint_id AND ${isVisibleTo(owner)} AND ${endpoint})`;
    const isEnabled = isOf(sql`e.disabled_reason IS NULL`);
    const [, , off] = await transaction(this.db, [
      sql`UPDATE ${webhookDeliveries} SET attempts = 0 WHERE claimed_until > ${now} AND ${isEnabled}`,
      sql`UPDATE ${webhookDeliveries} SET ${restarted(now)}
        WHERE ifnull(claimed_until, 0) <= ${now} AND ${isEnabled}`,
      sql`SELECT 1 FROM ${webhookDeliveries} WHERE ${isOf(sql`e.disabled_reason IS NOT NULL`)}`,
    ]);
    if (rowsOf(off).length > 0) return switchedOff();
    const found = await this.find(owner, id);
    if (found.ok) this.wake([id]);
    return found;
  }

  /** Queues again the failed deliveries of an endpoint that were created since a time, oldest first. */
  async recover(
    owner: EndpointOwner,
    endpointId: string,
    since: number,
  ): Promise<Result<{ requeued: number; hasMore: boolean }, Failure<"not_found" | "state_conflict">>> {
    const now = this.clock();
    const failed = sql`endpoint_id = ${endpointId} AND ${IS.failed} AND created_at >= ${since}`;
    const [endpoint, requeued, left] = await transaction(this.db, [
      endpointOf(owner, endpointId),
      sql`UPDATE ${webhookDeliveries} SET ${restarted(now)}
        WHERE id IN (SELECT id FROM ${webhookDeliveries} WHERE ${failed}
            ORDER BY created_at, id LIMIT ${RECOVERED_AT_ONCE})
          AND EXISTS (${endpointOf(owner, endpointId)} AND disabled_reason IS NULL)
        RETURNING id`,
      sql`SELECT 1 FROM ${webhookDeliveries} WHERE ${failed} LIMIT 1`,
    ]);
    const [found] = rowsOf<{ disabledReason: string | null }>(endpoint);
    if (!found) return notFound("webhook");
    if (found.disabledReason !== null) return switchedOff();
    const ids = rowsOf<{ id: string }>(requeued).map(({ id }) => id);
    if (ids.length > 0) this.wake(ids);
    return ok({ requeued: ids.length, hasMore: rowsOf(left).length > 0 });
  }

  /** Sends an example event of this type to an endpoint, even if the endpoint does not subscribe to the type. */
  async sendExample(
    owner: EndpointOwner,
    endpointId: string,
    type: EventType,
  ): Promise<Result<DeliveryWithBody, Failure<"not_found" | "state_conflict">>> {
    const at = this.clock();
    const eventId = shortId("evt");
    const body = bodyOf({ id: eventId, type, at, data: EXAMPLES[type], isExample: true });
    const { userId, environment } = owner;
    const enabled = sql`${endpointOf(owner, endpointId)} AND disabled_reason IS NULL`;
    const [endpoint, , made] = await transaction(this.db, [
      endpointOf(owner, endpointId),
      sql`INSERT INTO ${webhookEvents} (id, user_id, environment, type, body, created_at)
        SELECT ${eventId}, ${userId}, ${environment}, ${type}, ${body}, ${at} WHERE EXISTS (${enabled})`,
      sql`INSERT INTO ${webhookDeliveries} (id, event_id, endpoint_id, status, next_at, created_at)
        SELECT ${newDeliveryId}, ${eventId}, ${endpointId}, 'pending', ${at}, ${at} WHERE EXISTS (${enabled})
        RETURNING id`,
    ]);
    if (rowsOf(endpoint).length === 0) return notFound("webhook");
    const [delivery] = rowsOf<{ id: string }>(made);
    if (!delivery) return switchedOff();
    this.wake([delivery.id]);
    return this.find(owner, delivery.id);
  }

  private async withAttempts<D extends Delivery>(rows: D[]): Promise<D[]> {
    if (rows.length === 0) return rows;
    const ids = JSON.stringify(rows.map(({ id }) => id));
    const attempts = await this.db
      .select()
      .from(webhookAttempts)
      .where(
        sql`id IN (SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY delivery_id ORDER BY id DESC) AS nth
          FROM ${webhookAttempts} WHERE delivery_id IN (SELECT value FROM json_each(${ids})))
          WHERE nth <= ${ATTEMPTS_SHOWN})`,
      )
      .orderBy(asc(webhookAttempts.id));
    return rows.map((row) => ({
      ...row,
      attempts: attempts.filter(({ deliveryId }) => deliveryId === row.id),
    }));
  }
}
