import { and, desc, eq, gte, type SQL, sql } from "drizzle-orm";
import { type Clock, DAY_MS, SECOND_MS, utcDay } from "../../lib/clock.ts";
import type { Database } from "../../platform/db/client.ts";
import { apiKeys, apiUsage } from "../../platform/db/schema/access.ts";
import { transaction } from "../../platform/db/transaction.ts";
import type { Access } from "./access.ts";

const FLUSH_AFTER_MS = 5 * SECOND_MS;
/** Counts per transaction. A longer transaction would delay the other writers of the database. */
const FLUSH_ROWS = 100;
/** Enough for 90 days of the 100 keys and 100 applications that an account can have at a time. */
const MAX_ROWS = 20_000;

/** The calls of one UTC day. `credential` is the id of a key or an application, `session` for first-party tokens. */
export interface DailyUsage {
  readonly day: string;
  readonly credential: string;
  readonly calls: number;
  readonly failures: number;
}

interface Count {
  readonly userId: number;
  readonly day: string;
  readonly credential: string;
  calls: number;
  failures: number;
  lastAt: number;
}

/**
 * Counts calls in an isolate's memory and writes the counts to the database every few seconds. These statistics do
 * not justify one write per call; if an isolate is killed, the counts of its last seconds are lost.
 */
export class UsageCounter {
  private counts = new Map<string, Count>();
  private timedUntil = 0;

  /** Counts a call. If no write is scheduled yet, `later` receives one; the isolate must stay alive until it ends. */
  add(
    { usageAccountId, credential }: Pick<Access, "usageAccountId" | "credential">,
    failed: boolean,
    now: number,
    later: (work: Promise<unknown>) => void,
    db: Database,
  ): void {
    const day = utcDay(now);
    const key = `${usageAccountId}/${day}/${credential}`;
    const count = this.counts.get(key) ?? {
      userId: usageAccountId,
      day,
      credential,
      calls: 0,
      failures: 0,
      lastAt: now,
    };
    count.calls++;
    if (failed) count.failures++;
    count.lastAt = now;
    this.counts.set(key, count);
    if (now < this.timedUntil) return;
    this.timedUntil = now + FLUSH_AFTER_MS;
    later(new Promise((resolve) => setTimeout(resolve, FLUSH_AFTER_MS)).then(() => this.flush(db)));
  }

  private async flush(db: Database): Promise<void> {
    const counts = [...this.counts.values()];
    this.counts = new Map();
    // Lets the next call schedule a write even if its clock still reads less than `timedUntil`: the Workers clock
    // does not advance while a request computes.
    this.timedUntil = 0;
    for (let i = 0; i < counts.length; i += FLUSH_ROWS)
      await transaction(db, counts.slice(i, i + FLUSH_ROWS).flatMap(statementsOf));
  }
}

const statementsOf = ({ userId, day, credential, calls, failures, lastAt }: Count): SQL[] => [
  sql`INSERT INTO ${apiUsage} (user_id, day, credential, calls, failures)
    VALUES (${userId}, ${day}, ${credential}, ${calls}, ${failures})
    ON CONFLICT DO UPDATE SET calls = calls + excluded.calls, failures = failures + excluded.failures`,
  ...(credential.startsWith("key_")
    ? [
        sql`UPDATE ${apiKeys} SET last_used_at = max(ifnull(last_used_at, 0), ${lastAt}) WHERE id = ${credential}`,
      ]
    : []),
];

interface UsageDeps {
  readonly db: Database;
  /** The counts of this isolate. */
  readonly counter: UsageCounter;
  readonly clock: Clock;
  /** Lets the write continue after the answer was sent. */
  readonly defer: (work: Promise<unknown>) => void;
}

/** The usage statistics of developers. */
export class Usage {
  constructor(private readonly deps: UsageDeps) {}

  /** Counts a call of an account. */
  count(access: Pick<Access, "usageAccountId" | "credential">, failed: boolean): void {
    const { db, counter, clock, defer } = this.deps;
    counter.add(access, failed, clock(), defer, db);
  }

  /** Returns the last days of an account, the latest first. */
  async of(userId: number, days: number): Promise<DailyUsage[]> {
    const { db, clock } = this.deps;
    const { day, credential, calls, failures } = apiUsage;
    return db
      .select({ day, credential, calls, failures })
      .from(apiUsage)
      .where(and(eq(apiUsage.userId, userId), gte(day, utcDay(clock() - (days - 1) * DAY_MS))))
      .orderBy(desc(day), desc(calls))
      .limit(MAX_ROWS);
  }
}
