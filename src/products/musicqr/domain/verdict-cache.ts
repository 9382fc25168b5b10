import QuickLRU from "quick-lru";
import { SECOND_MS } from "../../../lib/clock.ts";

/** The cache entry of an activated code. */
export interface KnownGenuine {
  readonly activatedAt: number;
  /** Incremented by each scan in this isolate; a refresh from storage never lowers it. */
  queryCount: number;
  /** When the entry was last read from storage, ms UTC. */
  confirmedAt: number;
}

interface KnownBad {
  readonly kind: "unknown" | "revoked";
  readonly until: number;
}

/** An entry of this age is refreshed from storage in the background. */
const REVALIDATE_AFTER_MS = 15 * SECOND_MS;
/**
 * An entry of this age is not used any more. This bounds how long a revoked code can still be reported as genuine.
 */
const GENUINE_TTL_MS = 60 * SECOND_MS;
/** How long "unknown" and "revoked" are cached. Short, so that a newly synced code is soon genuine everywhere. */
const BAD_TTL_MS = 10 * SECOND_MS;

/**
 * The verdicts in this isolate's memory. It is bounded: a QuickLRU holds at most twice its `maxSize`. Unknown and
 * revoked codes have a separate cache, so that guessing a million codes evicts no genuine one.
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

  /** Stores what storage says about a code. A higher count of the existing entry is kept. */
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

  /** The number of entries; tests check that it is bounded. */
  get size(): number {
    return this.genuine.size + this.bad.size;
  }
}
