import { DurableObject } from "cloudflare:workers";
import type { RateDecision, RateLimit } from "../src/core/limits/protocol.ts";
import { SlidingWindows } from "./support/sliding-windows.ts";

const STATE_KEY = "windows";

/**
 * Sliding windows of one key (an account, an address): an object handles its calls one after another, which is what
 * makes the limits exact. Named `<kind>:<value>`, for example `login:address:192.0.2.7`.
 *
 * Windows of up to a minute live in memory: while calls come the object stays, and one that rested long enough to be
 * evicted had nothing left to remember. Longer windows and locks are written down.
 */
export class RateLimiter extends DurableObject {
  private windows: SlidingWindows | undefined;

  /** Takes one from each limit, or from none if any is used up. */
  take(limits: readonly RateLimit[]): RateDecision {
    const now = Date.now();
    const windows = this.load();
    const decision = windows.take(limits, now);
    this.save(windows, now);
    return decision;
  }

  /** Puts the latest take of some limits back: what they were for was refused. */
  giveBack(names: readonly string[]): void {
    const windows = this.load();
    windows.giveBack(names);
    // The alarm that is set comes in time for what is left.
    this.ctx.storage.kv.put(STATE_KEY, windows.durableState());
  }

  /** Forgets everything of this key: the right password ends a series of wrong ones. */
  async reset(): Promise<void> {
    this.windows = new SlidingWindows();
    await this.ctx.storage.deleteAll();
  }

  /** Answers, which is all /health wants to know. */
  ping(): true {
    return true;
  }

  override async alarm(): Promise<void> {
    const windows = this.load();
    const now = Date.now();
    windows.prune(now);
    if (windows.durableUntil(now) === undefined) await this.ctx.storage.deleteAll();
    else this.save(windows, now);
  }

  private load(): SlidingWindows {
    this.windows ??= SlidingWindows.restore(this.ctx.storage.kv.get(STATE_KEY));
    return this.windows;
  }

  private save(windows: SlidingWindows, now: number): void {
    const until = windows.durableUntil(now);
    if (until === undefined) return;
    this.ctx.storage.kv.put(STATE_KEY, windows.durableState());
    // Not awaited: the output gate holds the answer until both writes are safe.
    void this.ctx.storage.setAlarm(until);
  }
}
