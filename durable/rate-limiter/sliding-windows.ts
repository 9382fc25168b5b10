import { z } from "zod";
import type { RateDecision, RateLimit } from "../../src/core/limits/protocol.ts";
import { MINUTE_MS } from "../../src/lib/clock.ts";

/**
 * How soon a change must be in storage: `answer` before the response is sent, `now` in parallel with the response,
 * `soon` in one batch with the changes of the next moments.
 */
export type WriteBy = "answer" | "now" | "soon";

interface Window {
  readonly windowMs: number;
  readonly lockMs: number;
  readonly calendar: boolean;
  /** Times of the units consumed within the window, ascending. */
  takes: number[];
  lockedUntil: number;
  /** The limit that the last consumption was checked against. */
  limit: number;
  /** Number of changes that are not in storage yet. */
  unwritten: number;
}

const stateSchema = z.array(
  z.object({
    name: z.string(),
    windowMs: z.number(),
    lockMs: z.number(),
    calendar: z.boolean().default(false),
    takes: z.array(z.number()),
    lockedUntil: z.number(),
  }),
);

/** An idle object is evicted from memory after about 10 s, so windows up to this length need no storage. */
const MEMORY_SAFE_MS = 5_000;
/**
 * Windows up to this length may lose a moment's changes in a crash; waiting for storage at each call would cost more.
 */
const RELAXED_MS = MINUTE_MS;
/** A relaxed window is written at once after each twentieth part of its limit: about this many writes per window. */
const WRITES_PER_WINDOW = 20;

/**
 * Limit names may contain values that clients choose (networks). Above this count a take first removes ended windows.
 */
const MANY_WINDOWS = 64;

const spanOf = ({ windowMs, lockMs }: Pick<Window, "windowMs" | "lockMs">): number =>
  Math.max(windowMs, lockMs);

const isDurable = (window: Window): boolean => spanOf(window) > MEMORY_SAFE_MS;

const writeByOf = (window: Window): WriteBy | undefined => {
  const { limit, takes, unwritten } = window;
  if (unwritten === 0 || !isDurable(window)) return undefined;
  if (spanOf(window) > RELAXED_MS) return "answer";
  return takes.length >= limit || unwritten * WRITES_PER_WINDOW >= limit ? "now" : "soon";
};

/** Returns the time from which a consumed unit no longer counts, ms UTC. */
const expiryOf = ({ windowMs, calendar }: Pick<Window, "windowMs" | "calendar">, take: number): number =>
  calendar ? (Math.floor(take / windowMs) + 1) * windowMs : take + windowMs;

/** Returns the time at which a window is empty and unlocked, ms UTC. */
const endOf = (window: Window): number =>
  Math.max(expiryOf(window, window.takes.at(-1) ?? 0), window.lockedUntil);

const slide = (window: Window, now: number): void => {
  let gone = 0;
  for (const take of window.takes) {
    if (expiryOf(window, take) > now) break;
    gone++;
  }
  if (gone > 0) window.takes.splice(0, gone);
};

/** Exact sliding windows of one key. It reads no clock: every call receives the time. */
export class SlidingWindows {
  private readonly windows = new Map<string, Window>();

  /** Restores the result of `durableState`. State of an unknown shape is discarded, not trusted. */
  static restore(state: unknown): SlidingWindows {
    const restored = new SlidingWindows();
    const parsed = stateSchema.safeParse(state);
    if (parsed.success)
      for (const { name, ...window } of parsed.data)
        restored.windows.set(name, { ...window, limit: Number.POSITIVE_INFINITY, unwritten: 0 });
    return restored;
  }

  /** Returns what is left of the limits and whether one more unit would be allowed. Consumes nothing. */
  look(limits: readonly RateLimit[], now: number): RateDecision {
    const entries = limits.map((limit) => ({ limit, window: this.windowOf(limit, now) }));
    return refusalOf(entries, now) ?? tightestOf(entries, now);
  }

  consume(limits: readonly RateLimit[], now: number): RateDecision {
    if (this.windows.size > MANY_WINDOWS) this.prune(now);
    const entries = limits.map((limit) => ({ limit, window: this.windowOf(limit, now) }));
    const refused = refusalOf(entries, now);
    if (refused) return refused;
    const consumed = entries.filter(({ limit }) => !limit.peek);
    for (const { limit, window } of consumed) {
      window.takes.push(now);
      window.limit = limit.limit;
      window.unwritten++;
      if (limit.lockMs !== undefined && window.takes.length >= limit.limit)
        window.lockedUntil = now + limit.lockMs;
    }
    return tightestOf(consumed, now);
  }

  /** Refunds the latest unit consumed of some limits, because the operation was refused for another reason. */
  refund(names: readonly string[]): void {
    for (const name of names) {
      const window = this.windows.get(name);
      if (window?.takes.pop() !== undefined) window.unwritten++;
    }
  }

  /** Resets some limits, or all of them. */
  reset(names?: readonly string[]): void {
    if (names === undefined) this.windows.clear();
    else for (const name of names) this.windows.delete(name);
  }

  /** Returns how soon `durableState` must be in storage; undefined if nothing needs to be written. */
  writeBy(): WriteBy | undefined {
    const due = new Set([...this.windows.values()].map(writeByOf));
    return (["answer", "now", "soon"] as const).find((writeBy) => due.has(writeBy));
  }

  /** Removes the windows that have ended. */
  prune(now: number): void {
    for (const [name, window] of this.windows) if (endOf(window) <= now) this.windows.delete(name);
  }

  /** Returns when the last window that must survive an eviction ends, ms UTC; undefined if there is none. */
  durableUntil(now: number): number | undefined {
    const ends = [...this.windows.values()].filter(isDurable).map(endOf);
    const last = Math.max(...ends);
    return ends.length > 0 && last > now ? last : undefined;
  }

  /** Returns the state for `restore`, and marks all its changes as written. */
  durableState(): z.infer<typeof stateSchema> {
    return [...this.windows]
      .filter(([, window]) => isDurable(window))
      .map(([name, window]) => {
        window.unwritten = 0;
        const { windowMs, lockMs, calendar, takes, lockedUntil } = window;
        return { name, windowMs, lockMs, calendar, takes, lockedUntil };
      });
  }

  private windowOf(limit: RateLimit, now: number): Window {
    let window = this.windows.get(limit.name);
    if (!window || window.windowMs !== limit.windowMs) {
      const { windowMs, lockMs = 0, calendar = false } = limit;
      window = { windowMs, lockMs, calendar, takes: [], lockedUntil: 0, limit: limit.limit, unwritten: 0 };
      this.windows.set(limit.name, window);
    }
    // An expired lock also clears the units that led to it, so the next series starts from zero.
    if (window.lockedUntil > 0 && window.lockedUntil <= now) {
      window.takes = [];
      window.lockedUntil = 0;
    }
    slide(window, now);
    return window;
  }
}

/** Returns when this limit allows one more unit, ms UTC; a time not after `now` means that it does already. */
const opensAt = (limit: RateLimit, window: Window, now: number): number => {
  if (window.lockedUntil > now) return window.lockedUntil;
  if (window.takes.length < limit.limit) return now;
  const blocking = window.takes[window.takes.length - limit.limit] ?? now;
  return expiryOf(window, blocking);
};

interface Entry {
  readonly limit: RateLimit;
  readonly window: Window;
}

/** Returns the refusal by the limit that stays closed longest; undefined if every limit is open. */
const refusalOf = (entries: readonly Entry[], now: number): RateDecision | undefined => {
  const [refused] = entries
    .map((entry) => ({ ...entry, opensAt: opensAt(entry.limit, entry.window, now) }))
    .filter((entry) => entry.opensAt > now)
    .sort((a, b) => b.opensAt - a.opensAt);
  if (!refused) return undefined;
  const { limit } = refused;
  return { allowed: false, name: limit.name, limit: limit.limit, remaining: 0, resetAt: refused.opensAt };
};

/** Returns the figures of the limit with the fewest remaining units. */
const tightestOf = (entries: readonly Entry[], now: number): RateDecision => {
  const [tightest] = entries
    .map(({ limit, window }) => ({ limit, window, remaining: limit.limit - window.takes.length }))
    .sort((a, b) => a.remaining - b.remaining);
  if (!tightest) return { allowed: true, name: "", limit: 0, remaining: 0, resetAt: now };
  const { limit, window, remaining } = tightest;
  return {
    allowed: true,
    name: limit.name,
    limit: limit.limit,
    remaining,
    resetAt: Math.max(now, endOf(window)),
  };
};
