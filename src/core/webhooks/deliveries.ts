import { asc, type SQL, sql } from "drizzle-orm";
import type { Clock } from "../../lib/clock.ts";
import { shortId } from "../../lib/ids.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import { type Database, runTransaction } from "../../platform/db/client.ts";
import {
  webhookAttempts,
  webhookDeliveries,
  webhookEndpoints,
  webhookEvents,
} from "../../platform/db/schema/webhooks.ts";
import type { EndpointOwner } from "./endpoints.ts";
import { bodyOf, type EventType, EXAMPLES } from "./events.ts";
import { newDeliveryId } from "./outbox.ts";

/** Deliveries one call of `recover` puts in line again. */
export const RECOVERED_AT_ONCE = 10_000;
/** Deliveries of an endpoint a list counts; it goes on behind them. */
const MAX_COUNTED = 1_000;
/** Attempts that are shown of a delivery: the last ones. */
const ATTEMPTS_SHOWN = 20;

type Row = typeof webhookDeliveries.$inferSelect;
type Attempt = Pick<typeof webhookAttempts.$inferSelect, "at" | "status" | "error" | "took" | "response">;

/** A delivery as its owner sees it. Times are ms UTC. */
export interface Delivery
  extends Pick<Row, "id" | "endpointId" | "eventId" | "status" | "lastError" | "createdAt" | "deliveredAt"> {
  readonly type: EventType;
  /** Null once it is settled. */
  readonly nextAt: number | null;
  /** The last ones, the first of them first. */
  readonly attempts: readonly Attempt[];
}

/** With the body as it is sent. */
export type DeliveryWithBody = Delivery & { readonly body: string };

export interface DeliveryFilter {
  readonly status?: Row["status"] | undefined;
  readonly page: number;
  readonly limit: number;
}

const notFound = (what: "webhook" | "delivery") => err({ code: "not_found", what });
const switchedOff = () => err({ code: "state_conflict", what: "webhook", state: "SWITCHED_OFF" });
const rowsOf = <T>(result: D1Result | undefined): T[] => (result?.results ?? []) as T[];

/** Whether an endpoint, `e`, is one that who asks knows of. */
const isKnownTo = ({ userId, environment, clientId }: EndpointOwner): SQL =>
  sql`e.user_id = ${userId} AND e.environment = ${environment}
    AND ${clientId === null ? sql`true` : sql`e.client_id = ${clientId}`}`;

const endpointOf = (owner: EndpointOwner, id: string): SQL =>
  sql`SELECT e.id, e.disabled_reason AS disabledReason FROM ${webhookEndpoints} AS e
    WHERE e.id = ${id} AND ${isKnownTo(owner)}`;

const columns =
  sql.raw(`d.id, d.endpoint_id AS endpointId, d.event_id AS eventId, d.status, d.last_error AS lastError,
  d.next_at AS nextAt, d.created_at AS createdAt, d.delivered_at AS deliveredAt, v.type`);

/** Spelt out, not bound: an index holds those that failed. */
const IS: Readonly<Record<Row["status"], SQL>> = {
  pending: sql`status = 'pending'`,
  delivered: sql`status = 'delivered'`,
  failed: sql`status = 'failed'`,
};

/** With a schedule that begins now. */
const anew = (now: number): SQL =>
  sql`status = 'pending', attempts = 0, next_at = ${now}, claimed_until = NULL, delivered_at = NULL`;

/** The log of an endpoint's deliveries, and what its owner may have sent again. */
export class WebhookDeliveries {
  constructor(
    private readonly db: Database,
    private readonly clock: Clock,
    /** Wakes somebody for deliveries, later and without failing. */
    private readonly wake: (deliveryIds: readonly string[]) => void,
  ) {}

  /**
   * A page of an endpoint's deliveries, the latest first, how many there are (at most 1,000 are counted), and whether there
   * are more behind these: two round trips.
   */
  async list(
    owner: EndpointOwner,
    endpointId: string,
    { status, page, limit }: DeliveryFilter,
  ): Promise<Result<{ deliveries: Delivery[]; total: number; hasMore: boolean }>> {
    const mine = sql`endpoint_id = ${endpointId} AND ${status ? IS[status] : sql`true`}`;
    const newest = (alias: SQL) => sql`${alias}.created_at DESC, ${alias}.id DESC`;
    const [endpoint, rows, counted] = await runTransaction(this.db, [
      endpointOf(owner, endpointId),
      // One more than asked for, which says whether there are more. What is skipped is skipped in the index.
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

  /** One delivery with its body. Another's is not found. */
  async find(owner: EndpointOwner, id: string): Promise<Result<DeliveryWithBody>> {
    const [rows] = await runTransaction(this.db, [
      sql`SELECT ${columns}, v.body FROM ${webhookDeliveries} AS d JOIN ${webhookEvents} AS v ON v.id = d.event_id
        JOIN ${webhookEndpoints} AS e ON e.id = d.endpoint_id WHERE d.id = ${id} AND ${isKnownTo(owner)}`,
    ]);
    const [found] = await this.withAttempts(rowsOf<DeliveryWithBody>(rows));
    return found ? ok(found) : notFound("delivery");
  }

  /**
   * Sends a delivery again, whatever became of it: the same event under the same id, with a schedule of its own. One that
   * is being sent right now stays as it is.
   */
  async redeliver(owner: EndpointOwner, id: string): Promise<Result<DeliveryWithBody>> {
    const now = this.clock();
    const isOf = (endpoint: SQL) => sql`id = ${id} AND EXISTS (SELECT 1 FROM ${webhookEndpoints} AS e
      WHERE e.id = endpoint_id AND ${isKnownTo(owner)} AND ${endpoint})`;
    const [, off] = await runTransaction(this.db, [
      sql`UPDATE ${webhookDeliveries} SET ${anew(now)}
        WHERE ifnull(claimed_until, 0) <= ${now} AND ${isOf(sql`e.disabled_reason IS NULL`)}`,
      sql`SELECT 1 FROM ${webhookDeliveries} WHERE ${isOf(sql`e.disabled_reason IS NOT NULL`)}`,
    ]);
    if (rowsOf(off).length > 0) return switchedOff();
    const found = await this.find(owner, id);
    if (found.ok) this.wake([id]);
    return found;
  }

  /** Puts in line again what of an endpoint's deliveries failed since a time, the oldest first. */
  async recover(
    owner: EndpointOwner,
    endpointId: string,
    since: number,
  ): Promise<Result<{ requeued: number; hasMore: boolean }>> {
    const now = this.clock();
    const failed = sql`endpoint_id = ${endpointId} AND ${IS.failed} AND created_at >= ${since}`;
    const [endpoint, requeued, left] = await runTransaction(this.db, [
      endpointOf(owner, endpointId),
      sql`UPDATE ${webhookDeliveries} SET ${anew(now)}
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

  /** Sends an endpoint what an event of this type looks like, whether it wants such events or not. */
  async sendExample(
    owner: EndpointOwner,
    endpointId: string,
    type: EventType,
  ): Promise<Result<DeliveryWithBody>> {
    const at = this.clock();
    const eventId = shortId("evt");
    const body = bodyOf({ id: eventId, type, at, data: EXAMPLES[type], isExample: true });
    const { userId, environment } = owner;
    const enabled = sql`${endpointOf(owner, endpointId)} AND disabled_reason IS NULL`;
    const [endpoint, , made] = await runTransaction(this.db, [
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
