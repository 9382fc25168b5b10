import {
  AudioCatalog,
  AudioLibrary,
  type AudioLibraryDependencies,
  AudioProcessor,
  Purchases,
} from "../core/audio/index.ts";
import { ApiKeys, Usage } from "../core/developer/index.ts";
import { OAuthClients, OAuthGrants, OAuthTokens } from "../core/oauth/index.ts";
import { Social } from "../core/social/index.ts";
import {
  WebhookDeliveries,
  WebhookEndpoints,
  WebhookMaintenance,
  WebhookSender,
} from "../core/webhooks/index.ts";
import type { LoopspaceServices, Services } from "../http/services.ts";
import { systemClock } from "../lib/clock.ts";
import { smallWebp } from "../platform/images.ts";
import { sendMessages } from "../platform/send-messages.ts";
import type { Settings } from "../platform/settings.ts";
import { type Base, type Slice, wakeForDeliveries, warn } from "./base.ts";

const isDevelopment = ({ ENVIRONMENT }: Settings): boolean => ENVIRONMENT === "development";

const libraryDeps = ({ db, env, orphanedObjects }: Base & Services): AudioLibraryDependencies => ({
  db,
  store: orphanedObjects.store,
  clock: systemClock,
  wake: (ids) =>
    sendMessages(
      env.AUDIO,
      ids.map((id) => ({ kind: "track", id })),
    ),
});

export const loopspaceServices: Slice<LoopspaceServices> = {
  audioCatalog: ({ db }) => new AudioCatalog(db),
  audioLibrary: (s) => new AudioLibrary(libraryDeps(s)),
  audioProcessor: (s) =>
    new AudioProcessor({
      ...libraryDeps(s),
      outbox: s.outbox,
      makeSmall: (picture, pixels) => smallWebp(s.env.IMAGES, picture, pixels),
      report: warn,
    }),
  purchases: ({ db, outbox }) => new Purchases(db, outbox, systemClock),
  socialIn:
    ({ db, outbox }) =>
    (environment) =>
      new Social({ db, outbox, environment, clock: systemClock }),
  apiKeys: ({ db }) => new ApiKeys(db, systemClock),
  usage: ({ db, isolate, defer }) =>
    new Usage({
      db,
      counter: isolate.usage,
      clock: systemClock,
      defer: (work) => defer("usage.count_failed", work),
    }),
  oauthClients: ({ db }) => new OAuthClients(db, systemClock),
  oauthGrants: ({ db }) => new OAuthGrants(db, systemClock),
  oauthTokens: ({ db }) => new OAuthTokens(db, systemClock),
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
