import { and, eq, isNull, sql } from "drizzle-orm";
import type { Clock } from "../../lib/clock.ts";
import type { Database } from "../../platform/db/client.ts";
import { codes } from "../../platform/db/schema/codes.ts";
import type { Scanner, Verdict } from "./model.ts";
import type { ScanBatch } from "./protocol.ts";
import { FLUSH_AFTER_MS, ScanBuffer } from "./scan-buffer.ts";
import { type KnownGenuine, VerdictCache } from "./verdict-cache.ts";

/** What outlives a request: one an isolate. */
export class VerifierMemory {
  readonly verdicts = new VerdictCache();
  readonly scans = new ScanBuffer();
  /** Activated codes that were answered from memory and are due to be confirmed by storage. */
  readonly unconfirmed = new Set<string>();
}

export interface VerifierDependencies {
  readonly memory: VerifierMemory;
  readonly clock: Clock;
  /** The nearest copy of the database. */
  readonly nearest: () => Database;
  readonly primary: () => Database;
  /** Sends micro-batches to the SCANS queue. */
  readonly send: (batches: readonly ScanBatch[]) => Promise<void>;
  /** Lets work go on after the answer. */
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
 * Verifies codes. Known ones are answered from memory, without a promise in the way; a first-seen one costs one read of
 * the nearest database, a first activation one conditional write on the primary. Scans are counted after the answer.
 */
export class Verifier {
  constructor(private readonly on: VerifierDependencies) {}

  /** The verdict, if this isolate knows it. A scan it answers is counted. */
  fromMemory(code: string, scanner: Scanner): Verdict | undefined {
    const now = this.on.clock();
    const { verdicts, unconfirmed } = this.on.memory;
    const known = verdicts.findGenuine(code, now);
    if (known) {
      if (verdicts.needsConfirmation(known, now)) unconfirmed.add(code);
      return this.genuine(code, known, scanner, false, now);
    }
    const bad = verdicts.findBad(code, now);
    return bad && this.bad(code, bad, scanner, now);
  }

  /** The verdict from storage. */
  async fromStorage(code: string, scanner: Scanner): Promise<Verdict> {
    const { row, servedByPrimary } = await this.readNearest(code);
    const authoritative = row || servedByPrimary ? row : await this.read(this.on.primary(), code);
    if (authoritative?.activatedAt === null && authoritative.revokedAt === null) {
      // Not remembered: whoever scans it next may be the one who activates it.
      return scanner.preview ? { kind: "unactivated" } : this.activate(code, scanner);
    }
    return this.settle(code, authoritative, scanner);
  }

  /** Tells this isolate that a code is not what it was. Others hear of it when their memory ends. */
  forget(code: string): void {
    this.on.memory.verdicts.forget(code);
    this.on.memory.unconfirmed.delete(code);
  }

  private async readNearest(code: string): Promise<{ row: VerifyRow | undefined; servedByPrimary: boolean }> {
    const result = await this.on
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
      // A copy may not have heard of a new code yet, and "not genuine" is the one answer that must never be wrong.
      servedByPrimary: result.meta.served_by_primary !== false,
    };
  }

  private async read(db: Database, code: string): Promise<VerifyRow | undefined> {
    return (await db.select(verifyColumns).from(codes).where(eq(codes.code, code)))[0];
  }

  /** However many phones scan at once, the condition lets one of them through. */
  private async activate(code: string, scanner: Scanner): Promise<Verdict> {
    const db = this.on.primary();
    const now = this.on.clock();
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
    const now = this.on.clock();
    const { verdicts } = this.on.memory;
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
    const due = this.on.memory.scans.add(code, valid, activated, scanner, now);
    if (due === "full") this.on.defer(this.flush());
    else if (due === "first") this.on.defer(this.gather());
  }

  private async gather(): Promise<void> {
    await this.on.sleep(FLUSH_AFTER_MS);
    const holdMs = this.on.memory.scans.holdMs(this.on.clock());
    if (holdMs > 0) await this.on.sleep(holdMs);
    await this.flush();
  }

  /** Sends what has gathered, and has storage confirm what was answered from an ageing memory. */
  async flush(): Promise<void> {
    const { scans } = this.on.memory;
    const batches = scans.drain();
    try {
      if (batches.length > 0) await this.on.send(batches);
    } catch {
      const lost = scans.keep(batches);
      this.on.report("scans.send_failed", { scans: lost });
    }
    await this.confirm();
  }

  /** A few at a time: whoever scans meanwhile waits behind what this isolate is busy with. */
  private async confirm(): Promise<void> {
    const { unconfirmed } = this.on.memory;
    const due = [...unconfirmed];
    unconfirmed.clear();
    for (let i = 0; i < due.length; i += CONFIRMED_AT_ONCE) {
      if (i > 0) await this.on.sleep(CONFIRM_PAUSE_MS);
      await this.confirmSome(due.slice(i, i + CONFIRMED_AT_ONCE));
    }
  }

  private async confirmSome(due: readonly string[]): Promise<void> {
    const { verdicts } = this.on.memory;
    const known = await this.on
      .nearest()
      .select({ code: codes.code, ...verifyColumns })
      .from(codes)
      .where(sql`${codes.code} IN (SELECT value FROM json_each(${JSON.stringify(due)}))`);
    const rows = new Map(known.map((row) => [row.code, row]));
    const now = this.on.clock();
    for (const code of due) {
      const row = rows.get(code);
      // Gone, revoked, or news to this copy: the next scan asks storage properly.
      if (!row || row.revokedAt !== null || row.activatedAt === null) verdicts.forget(code);
      else verdicts.rememberGenuine(code, row.activatedAt, row.queryCount, now);
    }
  }
}
