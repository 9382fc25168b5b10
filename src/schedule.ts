import { pruneScans } from "./core/codes/index.ts";
import { DAY_MS } from "./lib/clock.ts";
import type { Env } from "./platform/bindings.ts";
import { newMeter } from "./platform/meter.ts";
import { Services } from "./services.ts";

/** Every minute: removes what is past its time, a bounded piece at a time. */
export const housekeep = async (env: Env, ctx: ExecutionContext, now: number): Promise<void> => {
  const services = new Services(env, ctx, newMeter());
  // First: somebody waits for what was left lying.
  await services.generator.sweep();
  await services.adminSessions.prune();
  await services.accountSessions.prune();
  await services.idempotencyKeys.prune();
  await pruneScans(services.db, now, services.settings.SCAN_RETENTION_DAYS * DAY_MS);
};
