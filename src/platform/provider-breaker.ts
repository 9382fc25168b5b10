import { proxyDurable } from "itty-durable";
import { z } from "zod";

const permitSchema = z.object({ allowed: z.boolean(), retryAfterMs: z.number() });

/** What itty-durable's proxy answers to; it types nothing. */
interface Calls {
  readonly permit: () => Promise<unknown>;
  readonly succeed: () => Promise<unknown>;
  readonly fail: () => Promise<unknown>;
}

/** The breaker of a provider. Where it does not answer, calls go out: it protects, it must not be in the way. */
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
