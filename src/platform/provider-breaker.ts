import { proxyDurable } from "itty-durable";
import { z } from "zod";

const permitSchema = z.object({ allowed: z.boolean(), retryAfterMs: z.number() });

/** The calls of itty-durable's proxy, which has no types of its own. */
interface Calls {
  readonly permit: () => Promise<unknown>;
  readonly succeed: () => Promise<unknown>;
  readonly fail: () => Promise<unknown>;
}

/**
 * Returns the circuit breaker of a provider. If the breaker itself fails, calls are permitted, because it must not
 * cause an outage.
 */
export const providerBreaker = (namespace: DurableObjectNamespace, provider: string) => {
  const calls = proxyDurable(namespace, { name: "PROVIDER_BREAKER", parse: true }).get(provider) as Calls;
  return {
    permit: async () => {
      try {
        return permitSchema.parse(await calls.permit());
      } catch {
        return { allowed: true, retryAfterMs: 0 };
      }
    },
    success: async (): Promise<void> => {
      await calls.succeed().catch(() => undefined);
    },
    failure: async (): Promise<void> => {
      await calls.fail().catch(() => undefined);
    },
  };
};
