import { z } from "zod";
import type { RateDecision, RateLimit } from "../../src/core/limits/protocol.ts";
import { MINUTE_MS } from "../../src/lib/clock.ts";

/**
 * How soon a change has to be in storage: before its answer leaves, beside the answer, or together with those that
 * follow within moments.
 */
export type WriteBy = "answer" | "now" | "soon";

interface Window {
  readonly windowMs: number;
  readonly lockMs: number;
  readonly calendar: boolean;
  /** Times of the takes still inside the window, ascending. */
  takes: number[];
  lockedUntil: number;
  /** As the last take named it. */
  limit: number;
  /** Changes that storage does not have yet. */
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

/** An object that rests is evicted after some 10 s, and its memory with it: what is over before need not be written. */
const MEMORY_SAFE_MS = 5_000;
/** Windows up to this one may lose a moment in a crash: a call that waits for storage each time costs more than that. */
const RELAXED_MS = MINUTE_MS;
/** Changes of a relaxed window that cannot wait for others: so many writes a window at most, whatever its limit. */
const WRITES_PER_WINDOW = 20;

/** Names of limits may hold what a client chooses (its network): beyond so many, those that ended go at the next take. */
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

/** When a take counts no more. */
const expiryOf = ({ windowMs, calendar }: Pick<Window, "windowMs" | "calendar">, take: number): number =>
  calendar ? (Math.floor(take / windowMs) + 1) * windowMs : take + windowMs;

/** When nothing of a window matters any more. */
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

/** Exact sliding windows of one key. Pure: the clock comes with every call. */
export class SlidingWindows {
  private readonly windows = new Map<string, Window>();

  /** What `durableState` gave, or nothing: state of an unknown shape is dropped rather than trusted. */
  static restore(state: unknown): SlidingWindows {
    const restored = new SlidingWindows();
    const parsed = stateSchema.safeParse(state);
    if (parsed.success)
      for (const { name, ...window } of parsed.data)
        restored.windows.set(name, { ...window, limit: Number.POSITIVE_INFINITY, unwritten: 0 });
    return restored;
  }

  /** What is left of the limits, and whether one more would be allowed. */
  look(limits: readonly RateLimit[], now: number): RateDecision {
    const entries = limits.map((limit) => ({ limit, window: this.windowOf(limit, now) }));
    return refusalOf(entries, now) ?? tightestOf(entries, now);
  }

  take(limits: readonly RateLimit[], now: number): RateDecision {
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

  /** Puts the latest take of some limits back: what they were for was refused. */
  giveBack(names: readonly string[]): void {
    for (const name of names) {
      const window = this.windows.get(name);
      if (window?.takes.pop() !== undefined) window.unwritten++;
    }
  }

  /** Forgets some limits, or all of them. */
  reset(names?: readonly string[]): void {
    if (names === undefined) this.windows.clear();
    else for (const name of names) this.windows.delete(name);
  }

  /** How soon storage has to have `durableState`; undefined where it has all that matters. */
  writeBy(): WriteBy | undefined {
    const due = new Set([...this.windows.values()].map(writeByOf));
    return (["answer", "now", "soon"] as const).find((writeBy) => due.has(writeBy));
  }

  /** Drops the windows that ended. */
  prune(now: number): void {
    for (const [name, window] of this.windows) if (endOf(window) <= now) this.windows.delete(name);
  }

  /** When the last window that has to survive an eviction ends; undefined where there is none. ms UTC. */
  durableUntil(now: number): number | undefined {
    const ends = [...this.windows.values()].filter(isDurable).map(endOf);
    const last = Math.max(...ends);
    return ends.length > 0 && last > now ? last : undefined;
  }

  /** What `restore` takes. It counts as written from now on. */
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
    // A lock that has run out takes its series along: the next one starts from nothing.
    if (window.lockedUntil > 0 && window.lockedUntil <= now) {
      window.takes = [];
      window.lockedUntil = 0;
    }
    slide(window, now);
    return window;
  }
}

/** When this limit lets one more through; `now` or earlier means it does already. */
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

/** The refusal by the limit that stays closed longest; undefined where every limit is open. */
const refusalOf = (entries: readonly Entry[], now: number): RateDecision | undefined => {
  const [refused] = entries
    .map((entry) => ({ ...entry, opensAt: opensAt(entry.limit, entry.window, now) }))
    .filter((entry) => entry.opensAt > now)
    .sort((a, b) => b.opensAt - a.opensAt);
  if (!refused) return undefined;
  const { limit } = refused;
  return { allowed: false, name: limit.name, limit: limit.limit, remaining: 0, resetAt: refused.opensAt };
};

/** The figures of the limit that is closest to its end. */
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
