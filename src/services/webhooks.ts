import type { KeyVault } from "../core/provider-config/index.ts";
import {
  WebhookDeliveries,
  WebhookEndpoints,
  WebhookSender,
  WebhookUpkeep,
  type WebhookUpkeepDependencies,
} from "../core/webhooks/index.ts";
import { systemClock } from "../lib/clock.ts";
import type { Env } from "../platform/bindings.ts";
import type { Database } from "../platform/db/client.ts";
import { log } from "../platform/logger.ts";
import type { Settings } from "../platform/settings.ts";

/** `sendBatch` of Cloudflare Queues accepts at most 100 messages. */
const MESSAGES_A_SEND = 100;

/** The dependencies of the webhook services. */
interface WebhookParts {
  readonly env: Env;
  readonly settings: Settings;
  readonly db: Database;
  readonly vault: KeyVault;
}

const report = (event: string, fields: Record<string, string | number>): void => log("warn", event, fields);
const isDevelopment = ({ ENVIRONMENT }: Settings): boolean => ENVIRONMENT === "development";

/** Sends the messages that make the queue consumer send these deliveries. */
export const wakeForDeliveries = async (
  env: Env,
  deliveryIds: readonly string[],
  delaySeconds = 0,
): Promise<void> => {
  for (let i = 0; i < deliveryIds.length; i += MESSAGES_A_SEND) {
    const part = deliveryIds.slice(i, i + MESSAGES_A_SEND);
    await env.WEBHOOKS.sendBatch(
      part.map((deliveryId) => ({ body: { deliveryId }, contentType: "json", delaySeconds })),
    );
  }
};

export const buildWebhookEndpoints = ({ db, vault, settings }: WebhookParts): WebhookEndpoints =>
  new WebhookEndpoints(db, vault, isDevelopment(settings), systemClock);

export const buildWebhookDeliveries = (
  db: Database,
  wake: (deliveryIds: readonly string[]) => void,
): WebhookDeliveries => new WebhookDeliveries(db, systemClock, wake);

export const buildWebhookSender = ({ env, settings, db, vault }: WebhookParts): WebhookSender =>
  new WebhookSender({
    db,
    clock: systemClock,
    vault,
    loopback: isDevelopment(settings),
    random: Math.random,
    wake: (ids, delaySeconds) => wakeForDeliveries(env, ids, delaySeconds),
    report,
  });

export const buildWebhookUpkeep = (
  { env, db }: Pick<WebhookParts, "env" | "db">,
  sendMail: WebhookUpkeepDependencies["sendMail"],
): WebhookUpkeep =>
  new WebhookUpkeep({
    db,
    clock: systemClock,
    wake: (ids) => wakeForDeliveries(env, ids),
    sendMail,
    report,
  });
