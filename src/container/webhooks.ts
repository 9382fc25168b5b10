import {
  Outbox,
  WebhookDeliveries,
  WebhookEndpoints,
  WebhookMaintenance,
  WebhookSender,
} from "../core/webhooks/index.ts";
import type { WebhookServices } from "../http/services.ts";
import type { Slice } from "../http/slice.ts";
import { systemClock } from "../lib/clock.ts";
import { warn } from "../platform/logger.ts";
import { wakeForDeliveries } from "../platform/queues.ts";
import type { Settings } from "../platform/settings.ts";

const isDevelopment = ({ ENVIRONMENT }: Settings): boolean => ENVIRONMENT === "development";

export const webhookServices: Slice<WebhookServices> = {
  outbox: (s) => new Outbox(s.db, (ids) => s.defer("webhooks.wake_failed", wakeForDeliveries(s)(ids))),
  webhookEndpoints: ({ db, isolate, settings }) =>
    new WebhookEndpoints(db, isolate.vault, isDevelopment(settings), systemClock),
  webhookDeliveries: (s) =>
    new WebhookDeliveries(s.db, systemClock, (ids) =>
      s.defer("webhooks.wake_failed", wakeForDeliveries(s)(ids)),
    ),
  webhookSender: (s) =>
    new WebhookSender({
      db: s.db,
      clock: systemClock,
      vault: s.isolate.vault,
      loopback: isDevelopment(s.settings),
      random: Math.random,
      wake: wakeForDeliveries(s),
      report: warn,
    }),
  webhookMaintenance: (s) =>
    new WebhookMaintenance({
      db: s.db,
      clock: systemClock,
      wake: wakeForDeliveries(s),
      sendMail: (mail) => s.mailer.send(mail),
      report: warn,
    }),
};
