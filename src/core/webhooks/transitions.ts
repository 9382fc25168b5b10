import { type SQL, sql } from "drizzle-orm";
import { MINUTE_MS, SECOND_MS } from "../../lib/clock.ts";
import type { Database } from "../../platform/db/client.ts";
import {
  webhookAttempts,
  webhookDeliveries,
  webhookEndpoints,
  webhookEvents,
} from "../../platform/db/schema/webhooks.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { type AttemptOutcome, isDelivered } from "./post.ts";
import { DISABLE_AFTER_MS, FAILURE_RESET_MS } from "./schedule.ts";

/** The lease of a claimed delivery. It is longer than an attempt can take. */
const LEASE_MS = 30 * SECOND_MS;
/** How early a delivery counts as due, because clocks differ and a message may arrive a moment early. */
const EARLY_MS = SECOND_MS;
/**
 * An endpoint that takes longer than this gets SLOW_AT_A_TIME deliveries at a time, so that it does not delay others.
 */
const SLOW_MS = 3 * SECOND_MS;
const SLOW_FOR_MS = MINUTE_MS;
const SLOW_AT_A_TIME = 2;

/** A delivery that this consumer has claimed, with everything needed to send it. */
export interface Claimed {
  readonly id: string;
  readonly endpointId: string;
  readonly eventId: string;
  readonly body: string;
  readonly url: string;
  /** Whether the endpoint was failing when the delivery was claimed: 1 or 0. */
  readonly isFailing: number;
  readonly secretCipher: string;
  readonly secretKeyId: string;
  readonly previousCipher: string | null;
  readonly previousKeyId: string | null;
  readonly previousUntil: number | null;
  /** The number of attempts, this one included. */
  readonly attempts: number;
  /** The end of this consumer's lease, ms UTC. A later claim has another one. */
  readonly claimedUntil: number;
}

const rowsOf = <T>(result: D1Result | undefined): T[] => (result?.results ?? []) as T[];
const idsIn = (ids: readonly string[]): SQL => sql`(SELECT value FROM json_each(${JSON.stringify(ids)}))`;

/** Builds the condition for those of these deliveries that are due and not claimed. */
const dueOf = (ids: readonly string[], now: number): SQL =>
  sql`id IN ${idsIn(ids)} AND status = 'pending' AND next_at <= ${now + EARLY_MS}
    AND ifnull(claimed_until, 0) <= ${now}`;

/**
 * Counts the deliveries of endpoint `e` that are being sent, or that this statement claims before the current row.
 */
const ahead = (ids: readonly string[], now: number, until: number): SQL =>
  sql`(SELECT count(*) FROM ${webhookDeliveries} AS busy WHERE busy.status = 'pending' AND busy.next_at > ${now}
      AND busy.next_at <= ${until} AND busy.claimed_until > ${now} AND busy.endpoint_id = e.id)
    + (SELECT count(*) FROM ${webhookDeliveries} AS other WHERE other.id IN ${idsIn(ids)}
      AND other.endpoint_id = e.id AND other.id < ${webhookDeliveries.id} AND other.status = 'pending'
      AND other.next_at <= ${now + EARLY_MS} AND ifnull(other.claimed_until, 0) <= ${now})`;

/**
 * Claims those of the deliveries that are due, not claimed, and whose endpoint is enabled and has capacity. One
 * transaction.
 */
export const claim = async (db: Database, ids: readonly string[], now: number): Promise<Claimed[]> => {
  const until = now + LEASE_MS;
  const [taken, rows] = await transaction(db, [
    // A claimed row's `next_at` is the end of its lease, so `ahead` can find it in the index of due deliveries, which
    // is the smallest one.
    sql`UPDATE ${webhookDeliveries} SET claimed_until = ${until}, next_at = ${until}, attempts = attempts + 1
      WHERE ${dueOf(ids, now)} AND EXISTS (SELECT 1 FROM ${webhookEndpoints} AS e
        WHERE e.id = endpoint_id AND e.disabled_reason IS NULL
          AND (ifnull(e.slow_until, 0) <= ${now} OR ${ahead(ids, now, until)} < ${SLOW_AT_A_TIME}))
      RETURNING id`,
    sql`SELECT d.id, d.endpoint_id AS endpointId, d.event_id AS eventId, d.attempts,
        d.claimed_until AS claimedUntil, v.body, e.url,
        e.failing_since IS NOT NULL AS isFailing, e.secret_cipher AS secretCipher, e.secret_key_id AS secretKeyId,
        e.previous_cipher AS previousCipher, e.previous_key_id AS previousKeyId, e.previous_until AS previousUntil
      FROM ${webhookDeliveries} AS d JOIN ${webhookEvents} AS v ON v.id = d.event_id
        JOIN ${webhookEndpoints} AS e ON e.id = d.endpoint_id
      WHERE d.id IN ${idsIn(ids)} AND d.claimed_until = ${until}`,
  ]);
  const mine = new Set(rowsOf<{ id: string }>(taken).map(({ id }) => id));
  return rowsOf<Claimed>(rows).filter(({ id }) => mine.has(id));
};

/**
 * Handles due deliveries that were not claimed. Those of a disabled endpoint fail; those of a slow endpoint at its
 * limit are postponed by `putOffMs`. Returns the ids of the postponed ones.
 */
export const postpone = async (
  db: Database,
  ids: readonly string[],
  putOffMs: number,
  now: number,
): Promise<string[]> => {
  const [, later] = await transaction(db, [
    sql`UPDATE ${webhookDeliveries} SET status = 'failed', next_at = NULL, claimed_until = NULL,
        last_error = 'endpoint_disabled'
      WHERE ${dueOf(ids, now)} AND EXISTS (SELECT 1 FROM ${webhookEndpoints} AS e
        WHERE e.id = endpoint_id AND e.disabled_reason IS NOT NULL)`,
    sql`UPDATE ${webhookDeliveries} SET next_at = ${now + putOffMs} WHERE ${dueOf(ids, now)} RETURNING id`,
  ]);
  return rowsOf<{ id: string }>(later).map(({ id }) => id);
};

/** The result of an attempt that is to be recorded. */
export interface AttemptResult {
  readonly claimed: Claimed;
  readonly outcome: AttemptOutcome;
  /** When the next attempt is due, ms UTC; undefined if there is none. */
  readonly nextAt: number | undefined;
  /** ms UTC */
  readonly at: number;
}

/**
 * Records the results of attempts and updates the health of their endpoints. Returns the deliveries that must be sent
 * again, because a redelivery was requested during the attempt. One transaction.
 */
export const recordResults = async (
  db: Database,
  settlements: readonly AttemptResult[],
): Promise<string[]> => {
  const [again] = await transaction(db, [
    releaseRestarted(settlements),
    ...settlements.flatMap(statementsOf),
  ]);
  return rowsOf<{ id: string }>(again).map(({ id }) => id);
};

/** Ends the lease of deliveries that were restarted during the attempt: these have an attempt count of 0. */
const releaseRestarted = (settlements: readonly AttemptResult[]): SQL => {
  const ended = settlements.map(({ claimed: { id, claimedUntil }, at }) => ({ id, claimedUntil, at }));
  return sql`UPDATE ${webhookDeliveries} SET claimed_until = NULL, next_at = ended.value ->> 'at'
    FROM json_each(${JSON.stringify(ended)}) AS ended
    WHERE ${webhookDeliveries.id} = ended.value ->> 'id' AND status = 'pending'
      AND attempts = 0 AND claimed_until = ended.value ->> 'claimedUntil' RETURNING ${webhookDeliveries.id}`;
};

/**
 * Returns the statements for one result. A success is recorded even if another consumer has claimed the delivery
 * since; a failure only if no later attempt has started. Neither changes a delivery that was restarted meanwhile.
 */
const statementsOf = ({ claimed, outcome, nextAt, at }: AttemptResult): SQL[] => {
  const { id, endpointId, attempts, claimedUntil } = claimed;
  // After a restart the attempts count from 1 again, so the lease tells this attempt from a later one of its number.
  const isThisAttempt = sql`attempts = ${attempts} AND ifnull(claimed_until, ${claimedUntil}) = ${claimedUntil}`;
  const { status, error, took, response } = outcome;
  const last = sql`claimed_until = NULL, last_status = ${status}, last_error = ${error}, last_took = ${took}`;
  return [
    isDelivered(outcome)
      ? sql`UPDATE ${webhookDeliveries} SET status = 'delivered', delivered_at = ${at}, next_at = NULL, ${last}
          WHERE id = ${id} AND status <> 'delivered' AND (attempts > ${attempts} OR (${isThisAttempt}))`
      : sql`UPDATE ${webhookDeliveries} SET status = ${nextAt === undefined ? "failed" : "pending"},
            next_at = ${nextAt ?? null}, ${last}
          WHERE id = ${id} AND status = 'pending' AND ${isThisAttempt}`,
    // Selected from the row, so that nothing is inserted if the endpoint and its deliveries were deleted meanwhile.
    sql`INSERT INTO ${webhookAttempts} (delivery_id, at, status, error, took, response)
      SELECT id, ${at}, ${status}, ${error}, ${took}, ${response} FROM ${webhookDeliveries} WHERE id = ${id}`,
    ...(took < SLOW_MS
      ? []
      : [sql`UPDATE ${webhookEndpoints} SET slow_until = ${at + SLOW_FOR_MS} WHERE id = ${endpointId}`]),
    ...(isDelivered(outcome) ? succeeded(claimed) : failed(endpointId, status === 410, at)),
  ];
};

/** Returns the statements for a success. An endpoint that was not failing needs no write. */
const succeeded = ({ endpointId, isFailing }: Claimed): SQL[] =>
  isFailing === 0
    ? []
    : [
        sql`UPDATE ${webhookEndpoints} SET failing_since = NULL, last_failure_at = NULL
          WHERE id = ${endpointId} AND failing_since IS NOT NULL`,
      ];

const failed = (endpointId: string, isGone: boolean, now: number): SQL[] => [
  sql`UPDATE ${webhookEndpoints} SET last_failure_at = ${now},
      failing_since = iif(ifnull(last_failure_at, 0) < ${now - FAILURE_RESET_MS}, ${now}, ifnull(failing_since, ${now}))
    WHERE id = ${endpointId}`,
  sql`UPDATE ${webhookEndpoints} SET disabled_reason = ${isGone ? "gone" : "failing"}, owner_told_at = NULL,
      updated_at = ${now}
    WHERE id = ${endpointId} AND disabled_reason IS NULL
      AND ${isGone ? sql`true` : sql`failing_since <= ${now - DISABLE_AFTER_MS}`}`,
];
