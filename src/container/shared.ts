import { IdempotencyKeys } from "../core/idempotency/index.ts";
import { OrphanedObjects } from "../core/media/index.ts";
import { Social } from "../core/social/index.ts";
import type { SharedServices } from "../http/services.ts";
import type { Slice } from "../http/slice.ts";
import { systemClock } from "../lib/clock.ts";
import { primary } from "../platform/db/client.ts";
import { missingMigration } from "../platform/db/migrations.ts";
import { errorFields, log } from "../platform/logger.ts";
import { Mailer } from "../platform/mailer.ts";
import { MediaStore } from "../platform/media.ts";
import { MeetingRooms } from "../platform/meeting-rooms.ts";
import { ProgressChannels } from "../platform/progress-channels.ts";
import { RateLimits } from "../platform/rate-limits.ts";
import { ResumableUploads } from "../platform/resumable-uploads.ts";

export const sharedServices: Slice<SharedServices> = {
  settings: ({ isolate }) => isolate.settings,
  db: ({ env, meter }) => primary(env.DB, meter),
  limits: ({ env, meter, defer }) => new RateLimits({ namespace: env.RATE_LIMITER, meter, defer }),
  mailer: ({ env, settings }) => new Mailer({ binding: env.MAIL, from: settings.MAIL_FROM }),
  idempotencyKeys: ({ db }) => new IdempotencyKeys(db, systemClock),
  progress: ({ env, meter }) => new ProgressChannels({ namespace: env.PROGRESS, meter }),
  resumableUploads: ({ env, meter }) => new ResumableUploads({ namespace: env.RESUMABLE_UPLOAD, meter }),
  rooms: ({ env, meter }) => new MeetingRooms({ namespace: env.MEETING_ROOM, meter }),
  socialIn:
    ({ db, outbox }) =>
    (environment) =>
      new Social({ db, outbox, environment, clock: systemClock }),
  store: ({ env }) => new MediaStore(env.MEDIA),
  mediaSignatures: ({ isolate }) => isolate.mediaSignatures,
  signer: ({ isolate }) => isolate.signer,
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
