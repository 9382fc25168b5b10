import { DurableObject } from "cloudflare:workers";
import type { RateDecision, RateLimit } from "../src/core/limits/protocol.ts";
import { MINUTE_MS } from "../src/lib/clock.ts";
import { SlidingWindows } from "./support/sliding-windows.ts";

const STATE_KEY = "windows";
/** Calls that come in a bunch, as those of a page do, are written down together. */
const BUNCH_MS = 250;
/** What has ended harms nobody: who comes back within this time is not tidied up after each visit. */
const TIDY_AFTER_MS = 10 * MINUTE_MS;

/**
 * Sliding windows of one key (an account, an address): an object handles its calls one after another, which is what
 * makes the limits exact. Named `<kind>:<value>`, for example `login:address:192.0.2.7`.
 *
 * An object that rests for some 10 s is evicted, so whatever lasts longer is written down. Writes are what a limit
 * costs: those of windows of up to a minute are bunched, and hold no answer up. An object with a timer is not evicted,
 * so a bunch is lost only where its machine is.
 */
export class RateLimiter extends DurableObject {
  private windows: SlidingWindows | undefined;
  private bunch: ReturnType<typeof setTimeout> | undefined;
  /** Whether an alarm is known to come. */
  private isTidied = false;

  /** Takes one from each limit, or from none if any is used up. */
  take(limits: readonly RateLimit[]): RateDecision {
    const windows = this.load();
    const decision = windows.take(limits, Date.now());
    this.save(windows);
    return decision;
  }

  /** What is left of each limit. Takes nothing. */
  look(limits: readonly RateLimit[]): RateDecision {
    return this.load().look(limits, Date.now());
  }

  /** Puts the latest take of some limits back: what they were for was refused. */
  giveBack(names: readonly string[]): void {
    const windows = this.load();
    windows.giveBack(names);
    this.save(windows);
  }

  /** Forgets some limits of this key, or all of them: the right password ends a series of wrong ones. */
  async reset(names?: readonly string[]): Promise<void> {
    const windows = this.load();
    windows.reset(names);
    if (windows.durableUntil(Date.now()) === undefined) await this.forget();
    else this.write(windows, "answer");
  }

  /** Answers, which is all /health wants to know. */
  ping(): true {
    return true;
  }

  override async alarm(): Promise<void> {
    const windows = this.load();
    const now = Date.now();
    windows.prune(now);
    const until = windows.durableUntil(now);
    if (until === undefined) await this.forget();
    else await this.ctx.storage.setAlarm(until + TIDY_AFTER_MS);
  }

  private load(): SlidingWindows {
    this.windows ??= SlidingWindows.restore(this.ctx.storage.kv.get(STATE_KEY));
    return this.windows;
  }

  private save(windows: SlidingWindows): void {
    const writeBy = windows.writeBy();
    if (writeBy === undefined) return;
    if (writeBy === "soon") this.bunch ??= setTimeout(() => this.write(windows, "now"), BUNCH_MS);
    else this.write(windows, writeBy);
  }

  private write(windows: SlidingWindows, writeBy: "answer" | "now"): void {
    this.endBunch();
    // Not awaited: the output gate holds the answer until a confirmed write is safe.
    void this.ctx.storage.put(STATE_KEY, windows.durableState(), { allowUnconfirmed: writeBy === "now" });
    if (!this.isTidied) void this.tidyLater(windows.durableUntil(Date.now()));
  }

  /** An alarm that comes too early sets the next one, so calls set none while there is one: that is a write, too. */
  private async tidyLater(until: number | undefined): Promise<void> {
    if (until === undefined) return;
    this.isTidied = true;
    const { storage } = this.ctx;
    if ((await storage.getAlarm()) === null)
      await storage.setAlarm(until + TIDY_AFTER_MS, { allowUnconfirmed: true });
  }

  private async forget(): Promise<void> {
    this.endBunch();
    this.isTidied = false;
    await this.ctx.storage.deleteAll();
  }

  private endBunch(): void {
    clearTimeout(this.bunch);
    this.bunch = undefined;
  }
}
