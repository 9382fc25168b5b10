import { DurableObject } from "cloudflare:workers";
import type { RateDecision, RateLimit } from "../src/core/limits/protocol.ts";
import { MINUTE_MS } from "../src/lib/clock.ts";
import { SlidingWindows } from "./rate-limiter/sliding-windows.ts";

const STATE_KEY = "windows";
/** How long changes are collected into one write. The requests of one page come within such a time. */
const BUNCH_MS = 250;
/** How long ended windows stay in storage, so that a client that returns soon does not cause a deletion each time. */
const TIDY_AFTER_MS = 10 * MINUTE_MS;

/**
 * The sliding windows of one key (an account, an address). An object handles its calls one after another, which makes
 * the limits exact. Its name is `<kind>:<value>`, for example `login:address:192.0.2.7`.
 *
 * An idle object is evicted after about 10 s, so windows that last longer are stored. Writes are the main cost of a
 * limit: changes of windows up to a minute are written in batches and delay no response. An object with a timer is
 * not evicted, so a batch is lost only if its machine fails.
 */
export class RateLimiter extends DurableObject {
  private windows: SlidingWindows | undefined;
  private bunch: ReturnType<typeof setTimeout> | undefined;
  /** Whether an alarm is known to be set. */
  private isTidied = false;

  /** Consumes one unit of each limit, or of none if any limit is used up. */
  take(limits: readonly RateLimit[]): RateDecision {
    const windows = this.load();
    const decision = windows.consume(limits, Date.now());
    this.save(windows);
    return decision;
  }

  /** Returns what is left of the limits. Consumes nothing. */
  look(limits: readonly RateLimit[]): RateDecision {
    return this.load().look(limits, Date.now());
  }

  /** Refunds the latest unit consumed of some limits, because the operation was refused for another reason. */
  giveBack(names: readonly string[]): void {
    const windows = this.load();
    windows.refund(names);
    this.save(windows);
  }

  /** Resets some limits of this key, or all of them. Example: a correct password ends a series of wrong ones. */
  async reset(names?: readonly string[]): Promise<void> {
    const windows = this.load();
    windows.reset(names);
    if (windows.durableUntil(Date.now()) === undefined) await this.forget();
    else this.write(windows, "answer");
  }

  /** Answers a health check: /health needs to know only that the object responds. */
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
    // Not awaited: the runtime's output gate holds the response until a confirmed write is durable.
    void this.ctx.storage.put(STATE_KEY, windows.durableState(), { allowUnconfirmed: writeBy === "now" });
    if (!this.isTidied) void this.tidyLater(windows.durableUntil(Date.now()));
  }

  /**
   * Sets the clean-up alarm if none is set. An alarm that fires too early sets the next one; moving it costs a write.
   */
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
