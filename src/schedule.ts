import { createServices } from "./container.ts";
import { pruneScans } from "./core/codes/index.ts";
import { DAY_MS, MINUTE_MS } from "./lib/clock.ts";
import type { Env } from "./platform/bindings.ts";
import { errorFields, log } from "./platform/logger.ts";
import { newMeter } from "./platform/meter.ts";

/** Runs every minute: resumes interrupted work and removes expired rows, a bounded amount in each run. */
export const runScheduledJobs = async (env: Env, ctx: ExecutionContext, now: number): Promise<void> => {
  const services = createServices(env, ctx, newMeter());
  const { generator, orders, adminSessions, accountSessions, idempotencyKeys, settings } = services;
  // The first two jobs run first, because a person may be waiting for their result.
  const jobs: Record<string, () => Promise<void>> = {
    generation: () => generator.sweep(),
    orders: () => orders.reconcile(),
    audio: () => services.audioProcessor.sweep(),
    audio_plays: () => services.audioLibrary.prune(2 * DAY_MS),
    webhooks: () => services.webhookMaintenance.sweep(),
    webhook_owners: () => services.webhookMaintenance.mailOwners(),
    webhook_log: () => services.webhookMaintenance.prune(),
    admin_sessions: () => adminSessions.prune(),
    ended_access: () => services.endedAccess.sweep(),
    account_sessions: () => accountSessions.prune(),
    oauth: () => services.oauthGrants.prune(),
    idempotency_keys: () => idempotencyKeys.prune(),
    square: () => services.square.prune(),
    loose_objects: () => services.orphanedObjects.sweep(),
    meetings: () => services.attendance.endOverdue(),
    scans: () => pruneScans(services.db, now, settings.SCAN_RETENTION_DAYS * DAY_MS),
  };
  if (now % DAY_MS < MINUTE_MS) {
    jobs.models = () => services.providers.audit();
    jobs.provider_keys = () => services.providerConfig.reencrypt();
    jobs.webhook_secrets = () => services.webhookEndpoints.reencryptSecrets();
    jobs.meeting_passwords = () => services.meetings.reencryptPasswords();
  }
  for (const [chore, run] of Object.entries(jobs)) {
    // A job that fails must not prevent the others.
    await run().catch((error) => log("error", "housekeeping.failed", { chore, ...errorFields(error) }));
  }
};
