import {
  Generator,
  Inputs,
  progressEventOf,
  Runner,
  type TaskRow,
  toTask,
} from "../core/generation/index.ts";
import { Uploads } from "../core/media/index.ts";
import { userTopic } from "../core/progress/index.ts";
import { ProviderConfig, ProviderDirectory } from "../core/providers/index.ts";
import type { GenerationServices, Services } from "../http/services.ts";
import type { Slice } from "../http/slice.ts";
import { systemClock } from "../lib/clock.ts";
import { plainJpeg, smallWebp } from "../platform/images.ts";
import { errorFields, warn } from "../platform/logger.ts";
import { providerBreaker } from "../platform/provider-breaker.ts";
import { sendMessages } from "../platform/queues.ts";
import { providersOf } from "./providers.ts";

/** The longer side of a thumbnail. */
const THUMBNAIL_PIXELS = 512;
/** The longer side of an input picture for generation; no provider uses a larger one. */
const INPUT_PIXELS = 2_048;

const messageOf = (id: string) => ({ kind: "task", id });

/**
 * Publishes a task's progress to its owner's subscribers. Errors are only logged, because the row holds the state.
 */
const publisherOf =
  ({ progress }: Services) =>
  async (row: TaskRow): Promise<void> => {
    try {
      await progress.publish(userTopic(row.userId), progressEventOf(toTask(row)));
    } catch (error) {
      warn("progress.publish_failed", errorFields(error));
    }
  };

export const generationServices: Slice<GenerationServices> = {
  generator: (s) =>
    new Generator({
      db: s.db,
      store: s.store,
      clock: systemClock,
      choose: (kind, requested) => s.providers.choose(kind, requested),
      publish: publisherOf(s),
      forget: (userId, id) =>
        s.progress
          .forget(userTopic(userId), id)
          .catch((error) => warn("progress.forget_failed", errorFields(error))),
      report: warn,
      wake: (ids) => sendMessages(s.env.GENERATION, ids.map(messageOf)),
    }),
  runner: (s) =>
    new Runner({
      db: s.db,
      outbox: s.outbox,
      store: s.store,
      clock: systemClock,
      choose: (kind, requested) => s.providers.choose(kind, requested),
      videoProviderOf: (name) => s.providers.videoProviderOf(name),
      imageProviderOf: (name) => s.providers.imageProviderOf(name),
      makeThumbnail: (picture) => smallWebp(s.env.IMAGES, picture, THUMBNAIL_PIXELS),
      breakerOf: (name) => providerBreaker(s.env.PROVIDER_BREAKER, name),
      publish: publisherOf(s),
      report: warn,
      wake: (id, delaySeconds) => sendMessages(s.env.GENERATION, [messageOf(id)], Math.ceil(delaySeconds)),
    }),
  inputs: ({ orphanedObjects, env }) =>
    new Inputs(orphanedObjects.store, (bytes) => plainJpeg(env.IMAGES, bytes, INPUT_PIXELS)),
  uploads: ({ db, orphanedObjects, env }) =>
    new Uploads(
      db,
      orphanedObjects.store,
      (bytes) => smallWebp(env.IMAGES, bytes, THUMBNAIL_PIXELS),
      systemClock,
    ),
  providers: ({ env, settings, providerConfig }) =>
    new ProviderDirectory({
      known: providersOf(env),
      config: providerConfig,
      sandbox: settings.SANDBOX_PROVIDERS,
      loopback: settings.ENVIRONMENT === "development",
      clock: systemClock,
      report: warn,
    }),
  providerConfig: ({ db, isolate, settings }) =>
    new ProviderConfig(
      db,
      isolate.providerConfig,
      isolate.vault,
      settings.ENVIRONMENT === "development",
      systemClock,
    ),
};
