import { accessServices } from "./container/access.ts";
import { generationServices } from "./container/generation.ts";
import { identityServices } from "./container/identity.ts";
import { isolateOf } from "./container/isolate.ts";
import { paymentServices } from "./container/payments.ts";
import { sharedServices } from "./container/shared.ts";
import { webhookServices } from "./container/webhooks.ts";
import type { Services } from "./http/services.ts";
import type { Base } from "./http/slice.ts";
import { lazyContainer } from "./lib/lazy.ts";
import type { Env } from "./platform/bindings.ts";
import type { Meter } from "./platform/meter.ts";
import { productServices } from "./products.ts";

const containerOf = lazyContainer<Base, Services>({
  ...sharedServices,
  ...identityServices,
  ...accessServices,
  ...webhookServices,
  ...generationServices,
  ...paymentServices,
  ...productServices,
});

/**
 * Returns the services of one request, queue batch or cron run. Each service is constructed at its first use, so a
 * request that is answered from memory constructs nothing that accesses storage.
 */
export const createServices = (env: Env, ctx: Pick<ExecutionContext, "waitUntil">, meter: Meter): Services =>
  containerOf({ env, ctx, meter, isolate: isolateOf(env) });
