import type { RateLimiter } from "../../durable/rate-limiter.ts";
import type { RateDecision, RateLimit } from "../core/limits/index.ts";
import type { Meter } from "./meter.ts";

interface RateLimitsDeps {
  readonly namespace: DurableObjectNamespace<RateLimiter>;
  readonly meter: Meter;
  readonly defer: (name: string, work: Promise<unknown>) => void;
}

/** The rate limits of the Worker, one Durable Object for each key. The format of a key is `<kind>:<value>`. */
export class RateLimits {
  constructor(private readonly deps: RateLimitsDeps) {}

  /** Consumes one unit of each limit, or of none if any is used up. */
  async consume(key: string, limits: readonly RateLimit[]): Promise<RateDecision> {
    return this.called(key).take(limits);
  }

  /** Returns the remaining quota of the limits and consumes nothing. */
  async look(key: string, limits: readonly RateLimit[]): Promise<RateDecision> {
    return this.called(key).look(limits);
  }

  /** Refunds one unit of each named limit, after the request that consumed it was refused. The caller does not wait. */
  refund(key: string, names: readonly string[]): void {
    this.deps.defer("limits.give_back_failed", this.limiter(key).giveBack(names));
  }

  /** Clears the named limits, or all limits of the key. */
  async reset(key: string, names?: readonly string[]): Promise<void> {
    await this.called(key).reset(names);
  }

  /** Checks that a limiter answers. Throws if it does not. */
  async ping(): Promise<void> {
    await this.called("health:probe").ping();
  }

  private called(key: string) {
    this.deps.meter.durable++;
    return this.limiter(key);
  }

  private limiter(key: string) {
    const { namespace } = this.deps;
    return namespace.get(namespace.idFromName(key));
  }
}
