import { createServices } from "./container.ts";
import type { Jobs } from "./http/product.ts";
import { DAY_MS, MINUTE_MS } from "./lib/clock.ts";
import type { Env } from "./platform/bindings.ts";
import { errorFields, log } from "./platform/logger.ts";
import { newMeter } from "./platform/meter.ts";
import { PRODUCTS } from "./products.ts";

/** The jobs of each minute that no single product owns. */
const SHARED_JOBS: Jobs = {
  // The first two jobs run first, because a person may be waiting for their result.
  generation: ({ generator }) => generator.sweep(),
  orders: ({ orders }) => orders.reconcile(),
  webhooks: ({ webhookMaintenance }) => webhookMaintenance.sweep(),
  webhook_owners: ({ webhookMaintenance }) => webhookMaintenance.mailOwners(),
  webhook_log: ({ webhookMaintenance }) => webhookMaintenance.prune(),
  admin_sessions: ({ adminSessions }) => adminSessions.prune(),
  ended_access: ({ endedAccess }) => endedAccess.sweep(),
  account_sessions: ({ accountSessions }) => accountSessions.prune(),
  oauth: ({ oauthGrants }) => oauthGrants.prune(),
  idempotency_keys: ({ idempotencyKeys }) => idempotencyKeys.prune(),
  loose_objects: ({ orphanedObjects }) => orphanedObjects.sweep(),
};

const SHARED_DAILY_JOBS: Jobs = {
  models: ({ providers }) => providers.audit(),
  provider_keys: ({ providerConfig }) => providerConfig.reencrypt(),
  webhook_secrets: ({ webhookEndpoints }) => webhookEndpoints.reencryptSecrets(),
};

const JOBS: Jobs = Object.assign({}, SHARED_JOBS, ...PRODUCTS.map(({ jobs }) => jobs));
const DAILY_JOBS: Jobs = Object.assign({}, SHARED_DAILY_JOBS, ...PRODUCTS.map(({ dailyJobs }) => dailyJobs));

/** Runs every minute: resumes interrupted work and removes expired rows, a bounded amount in each run. */
export const runScheduledJobs = async (env: Env, ctx: ExecutionContext, now: number): Promise<void> => {
  const services = createServices(env, ctx, newMeter());
  const isFirstMinuteOfDay = now % DAY_MS < MINUTE_MS;
  const jobs = isFirstMinuteOfDay ? { ...JOBS, ...DAILY_JOBS } : JOBS;
  for (const [name, run] of Object.entries(jobs)) {
    // A job that fails must not prevent the others.
    await run(services, now).catch((error) =>
      log("error", "housekeeping.failed", { chore: name, ...errorFields(error) }),
    );
  }
};
