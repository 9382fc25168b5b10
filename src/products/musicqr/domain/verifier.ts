import { and, eq, isNull, sql } from "drizzle-orm";
import type { Clock } from "../../../lib/clock.ts";
import type { Database } from "../../../platform/db/client.ts";
import { codes } from "../../../platform/db/schema/codes.ts";
import type { Scanner, Verdict } from "./model.ts";
import type { ScanBatch } from "./protocol.ts";
import { FLUSH_AFTER_MS, ScanBuffer } from "./scan-buffer.ts";
import { type KnownGenuine, VerdictCache } from "./verdict-cache.ts";

/** The state that outlives a request; there is one per isolate. */
export class VerifierMemory {
  readonly verdicts = new VerdictCache();
  readonly scans = new ScanBuffer();
  /** Activated codes that were answered from memory and must be refreshed from storage. */
  readonly unconfirmed = new Set<string>();
}

export interface VerifierDependencies {
  readonly memory: VerifierMemory;
  readonly clock: Clock;
  /** Returns the nearest replica of the database. */
  readonly nearest: () => Database;
  readonly primary: () => Database;
  /** Sends micro-batches to the SCANS queue. */
  readonly send: (batches: readonly ScanBatch[]) => Promise<void>;
  /** Keeps work running after the response (`waitUntil`). */
  readonly defer: (work: Promise<unknown>) => void;
  readonly sleep: (ms: number) => Promise<void>;
  readonly report: (event: string, fields: { readonly scans: number }) => void;
}

const verifyColumns = {
  id: codes.id,
  activatedAt: codes.activatedAt,
  revokedAt: codes.revokedAt,
  queryCount: codes.queryCount,
};

interface VerifyRow {
  readonly activatedAt: number | null;
  readonly revokedAt: number | null;
  readonly queryCount: number;
}

const CONFIRMED_AT_ONCE = 200;
const CONFIRM_PAUSE_MS = 20;

/**
 * Verifies codes. Cached codes are answered from memory synchronously. An uncached code costs one read of the nearest
 * replica, a first activation one conditional write on the primary. Scans are counted after the response.
 */
export class Verifier {
  constructor(private readonly deps: VerifierDependencies) {}

  /** Returns the verdict if this isolate has it cached, and then counts the scan. */
  fromMemory(code: string, scanner: Scanner): Verdict | undefined {
    const now = this.deps.clock();
    const { verdicts, unconfirmed } = this.deps.memory;
    const known = verdicts.findGenuine(code, now);
    if (known) {
      if (verdicts.needsConfirmation(known, now)) unconfirmed.add(code);
      return this.genuine(code, known, scanner, false, now);
    }
    const bad = verdicts.findBad(code, now);
    return bad && this.bad(code, bad, scanner, now);
  }

  /** Returns the verdict from storage. Activates an unactivated code, unless the scan is a preview. */
  async fromStorage(code: string, scanner: Scanner): Promise<Verdict> {
    const { row, servedByPrimary } = await this.readNearest(code);
    const authoritative = row || servedByPrimary ? row : await this.read(this.deps.primary(), code);
    if (authoritative?.activatedAt === null && authoritative.revokedAt === null) {
      // Not cached: the next scan may have to activate the code.
      return scanner.preview ? { kind: "unactivated" } : this.activate(code, scanner);
    }
    return this.settle(code, authoritative, scanner);
  }

  /** Removes a changed code from this isolate's cache. Other isolates notice the change when their entry expires. */
  forget(code: string): void {
    this.deps.memory.verdicts.forget(code);
    this.deps.memory.unconfirmed.delete(code);
  }

  private async readNearest(code: string): Promise<{ row: VerifyRow | undefined; servedByPrimary: boolean }> {
    const result = await this.deps
      .nearest()
      .select(verifyColumns)
      .from(codes)
      .where(eq(codes.code, code))
      .run();
    const row = result.results[0] as Record<string, number | null> | undefined;
    return {
      row: row && {
        activatedAt: row.activated_at ?? null,
        revokedAt: row.revoked_at ?? null,
        queryCount: row.query_count ?? 0,
      },
      // A replica may lag behind the primary and miss a new code, and "not genuine" must never be a wrong answer.
      servedByPrimary: result.meta.served_by_primary !== false,
    };
  }

  private async read(db: Database, code: string): Promise<VerifyRow | undefined> {
    return (await db.select(verifyColumns).from(codes).where(eq(codes.code, code)))[0];
  }

  /**
   * Activates a code. The update is conditional, so exactly one of several concurrent scans is the first activation.
   */
  private async activate(code: string, scanner: Scanner): Promise<Verdict> {
    const db = this.deps.primary();
    const now = this.deps.clock();
    const [activated, [row]] = await db.batch([
      db
        .update(codes)
        .set({
          activatedAt: now,
          activationIp: scanner.ip,
          activationCountry: scanner.country,
          activationUserAgent: scanner.userAgent,
        })
        .where(and(eq(codes.code, code), isNull(codes.activatedAt), isNull(codes.revokedAt)))
        .returning({ id: codes.id }),
      db.select(verifyColumns).from(codes).where(eq(codes.code, code)),
    ]);
    return this.settle(code, row, scanner, activated.length === 1);
  }

  private settle(
    code: string,
    row: VerifyRow | undefined,
    scanner: Scanner,
    firstActivation = false,
  ): Verdict {
    const now = this.deps.clock();
    const { verdicts } = this.deps.memory;
    if (!row || row.revokedAt !== null) {
      const kind = row ? "revoked" : "unknown";
      verdicts.rememberBad(code, kind, now);
      return this.bad(code, kind, scanner, now);
    }
    if (row.activatedAt === null) return { kind: "unactivated" };
    const known = verdicts.rememberGenuine(code, row.activatedAt, row.queryCount, now);
    return this.genuine(code, known, scanner, firstActivation, now);
  }

  private genuine(
    code: string,
    known: KnownGenuine,
    scanner: Scanner,
    firstActivation: boolean,
    now: number,
  ): Verdict {
    if (!scanner.preview) {
      known.queryCount++;
      this.count(code, true, firstActivation, scanner, now);
    }
    return { kind: "genuine", activatedAt: known.activatedAt, queryCount: known.queryCount, firstActivation };
  }

  private bad(code: string, kind: "unknown" | "revoked", scanner: Scanner, now: number): Verdict {
    if (!scanner.preview) this.count(code, false, false, scanner, now);
    return { kind };
  }

  private count(code: string, valid: boolean, activated: boolean, scanner: Scanner, now: number): void {
    const due = this.deps.memory.scans.add(code, valid, activated, scanner, now);
    if (due === "full") this.deps.defer(this.flush());
    else if (due === "first") this.deps.defer(this.gather());
  }

  private async gather(): Promise<void> {
    await this.deps.sleep(FLUSH_AFTER_MS);
    const holdMs = this.deps.memory.scans.remainingHoldMs(this.deps.clock());
    if (holdMs > 0) await this.deps.sleep(holdMs);
    await this.flush();
  }

  /** Sends the collected scans, and refreshes the codes that were answered from ageing cache entries. */
  async flush(): Promise<void> {
    const { scans } = this.deps.memory;
    const batches = scans.drain();
    try {
      if (batches.length > 0) await this.deps.send(batches);
    } catch {
      const lost = scans.requeue(batches);
      this.deps.report("scans.send_failed", { scans: lost });
    }
    await this.confirm();
  }

  /** Refreshes in small portions with pauses, because requests to this isolate wait while it is busy. */
  private async confirm(): Promise<void> {
    const { unconfirmed } = this.deps.memory;
    const due = [...unconfirmed];
    unconfirmed.clear();
    for (let i = 0; i < due.length; i += CONFIRMED_AT_ONCE) {
      if (i > 0) await this.deps.sleep(CONFIRM_PAUSE_MS);
      await this.confirmSome(due.slice(i, i + CONFIRMED_AT_ONCE));
    }
  }

  private async confirmSome(due: readonly string[]): Promise<void> {
    const { verdicts } = this.deps.memory;
    const known = await this.deps
      .nearest()
      .select({ code: codes.code, ...verifyColumns })
      .from(codes)
      .where(sql`${codes.code} IN (SELECT value FROM json_each(${JSON.stringify(due)}))`);
    const rows = new Map(known.map((row) => [row.code, row]));
    const now = this.deps.clock();
    for (const code of due) {
      const row = rows.get(code);
      // Deleted, revoked, or not activated on this replica yet: the next scan reads it with `fromStorage`.
      if (!row || row.revokedAt !== null || row.activatedAt === null) verdicts.forget(code);
      else verdicts.rememberGenuine(code, row.activatedAt, row.queryCount, now);
    }
  }
}
