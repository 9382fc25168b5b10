import { IdempotencyKeys } from "../core/idempotency/index.ts";
import { OrphanedObjects } from "../core/media/index.ts";
import { Outbox } from "../core/webhooks/index.ts";
import type { SharedServices } from "../http/services.ts";
import { systemClock } from "../lib/clock.ts";
import { primary } from "../platform/db/client.ts";
import { missingMigration } from "../platform/db/migrations.ts";
import { errorFields, log } from "../platform/logger.ts";
import { Mailer } from "../platform/mailer.ts";
import { MediaStore } from "../platform/media.ts";
import { ProgressChannels } from "../platform/progress-channels.ts";
import { RateLimits } from "../platform/rate-limits.ts";
import { ResumableUploads } from "../platform/resumable-uploads.ts";
import { type Slice, wakeForDeliveries } from "./base.ts";

export const sharedServices: Slice<SharedServices> = {
  settings: ({ isolate }) => isolate.settings,
  db: ({ env, meter }) => primary(env.DB, meter),
  limits: ({ env, meter, defer }) => new RateLimits({ namespace: env.RATE_LIMITER, meter, defer }),
  mailer: ({ env, settings }) => new Mailer({ binding: env.MAIL, from: settings.MAIL_FROM }),
  outbox: (s) => new Outbox(s.db, (ids) => s.defer("webhooks.wake_failed", wakeForDeliveries(s)(ids))),
  idempotencyKeys: ({ db }) => new IdempotencyKeys(db, systemClock),
  progress: ({ env, meter }) => new ProgressChannels({ namespace: env.PROGRESS, meter }),
  resumableUploads: ({ env, meter }) => new ResumableUploads({ namespace: env.RESUMABLE_UPLOAD, meter }),
  store: ({ env }) => new MediaStore(env.MEDIA),
  mediaSignatures: ({ isolate }) => isolate.mediaSignatures,
  orphanedObjects: ({ db, env }) => new OrphanedObjects(db, env.MEDIA, systemClock),
  defer:
    ({ ctx }) =>
    (name, work) =>
      ctx.waitUntil(work.catch((error) => log("error", name, errorFields(error)))),
  logAccess:
    ({ isolate, ctx }) =>
    (line, now) =>
      isolate.accessLog.add(line, now, ctx),
  probe:
    ({ env, meter, limits }) =>
    async () => {
      meter.d1++;
      const [missing] = await Promise.all([
        missingMigration(env.DB),
        env.MEDIA.head("health"),
        limits.ping(),
      ]);
      return { missingMigration: missing };
    },
};
