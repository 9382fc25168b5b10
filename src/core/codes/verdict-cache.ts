import QuickLRU from "quick-lru";
import { SECOND_MS } from "../../lib/clock.ts";

/** What this isolate knows of a code that was activated. */
export interface KnownGenuine {
  readonly activatedAt: number;
  /** Grows with every scan here; a refresh can only raise it. */
  queryCount: number;
  /** When storage last confirmed this. ms UTC */
  confirmedAt: number;
}

interface KnownBad {
  readonly kind: "unknown" | "revoked";
  readonly until: number;
}

/** Confirmed again in the background from this age on… */
const REVALIDATE_AFTER_MS = 15 * SECOND_MS;
/** …and never answered from memory past this one: how long a revoked code may stay genuine somewhere. */
const GENUINE_TTL_MS = 60 * SECOND_MS;
/** Short, so that a code synced a moment ago is soon genuine everywhere. */
const BAD_TTL_MS = 10 * SECOND_MS;

/**
 * Verdicts in the memory of this isolate. Bounded: a QuickLRU holds at most twice its size. Bad codes have a cache of
 * their own, so that guessing a million of them pushes out no genuine one.
 */
export class VerdictCache {
  private readonly genuine: QuickLRU<string, KnownGenuine>;
  private readonly bad: QuickLRU<string, KnownBad>;

  constructor(maxEntries = 20_000) {
    this.genuine = new QuickLRU({ maxSize: maxEntries });
    this.bad = new QuickLRU({ maxSize: maxEntries });
  }

  findGenuine(code: string, now: number): KnownGenuine | undefined {
    const known = this.genuine.get(code);
    return known && now - known.confirmedAt < GENUINE_TTL_MS ? known : undefined;
  }

  findBad(code: string, now: number): KnownBad["kind"] | undefined {
    const known = this.bad.get(code);
    return known && known.until > now ? known.kind : undefined;
  }

  needsConfirmation(known: KnownGenuine, now: number): boolean {
    return now - known.confirmedAt >= REVALIDATE_AFTER_MS;
  }

  /** Takes in what storage says. An older entry's higher count stays. */
  rememberGenuine(code: string, activatedAt: number, queryCount: number, now: number): KnownGenuine {
    this.bad.delete(code);
    const known = this.genuine.get(code);
    if (known && known.activatedAt === activatedAt) {
      known.queryCount = Math.max(known.queryCount, queryCount);
      known.confirmedAt = now;
      return known;
    }
    const entry = { activatedAt, queryCount, confirmedAt: now };
    this.genuine.set(code, entry);
    return entry;
  }

  rememberBad(code: string, kind: KnownBad["kind"], now: number): void {
    this.genuine.delete(code);
    this.bad.set(code, { kind, until: now + BAD_TTL_MS });
  }

  forget(code: string): void {
    this.genuine.delete(code);
    this.bad.delete(code);
  }

  /** Entries held, for the tests that bound them. */
  get size(): number {
    return this.genuine.size + this.bad.size;
  }
}
