import { Generator, progressEventOf, Runner, type TaskRow, toTask } from "../core/generation/index.ts";
import { userTopic } from "../core/progress/index.ts";
import type { Outbox } from "../core/webhooks/index.ts";
import { systemClock } from "../lib/clock.ts";
import type { Env } from "../platform/bindings.ts";
import type { Database } from "../platform/db/client.ts";
import { smallWebp } from "../platform/images.ts";
import { errorFields, log } from "../platform/logger.ts";
import { MediaStore } from "../platform/media.ts";
import type { Meter } from "../platform/meter.ts";
import { providerBreaker } from "../platform/provider-breaker.ts";
import type { ProviderDirectory } from "./providers.ts";

/** `sendBatch` of Cloudflare Queues accepts at most 100 messages. */
const MESSAGES_A_SEND = 100;

/** The longer side of a thumbnail. */
const THUMBNAIL_PIXELS = 512;

/** The dependencies of the generation services. */
interface GenerationParts {
  readonly env: Env;
  readonly providers: ProviderDirectory;
  readonly db: Database;
  readonly outbox: Outbox;
  readonly meter: Meter;
}

const report = (event: string, fields: Record<string, string | number>): void => log("warn", event, fields);

const messageOf = (id: string) => ({ body: { kind: "task", id }, contentType: "json" as const });

const channelOf = ({ env, meter }: GenerationParts, userId: number) => {
  meter.durable++;
  return env.PROGRESS.get(env.PROGRESS.idFromName(userTopic(userId)));
};

/**
 * Publishes a task's progress to its owner's subscribers. Errors are only logged, because the row holds the state.
 */
const publisherOf =
  (parts: GenerationParts) =>
  async (row: TaskRow): Promise<void> => {
    try {
      await channelOf(parts, row.userId).publish(progressEventOf(toTask(row)));
    } catch (error) {
      log("warn", "progress.publish_failed", errorFields(error));
    }
  };

export const buildGenerator = (parts: GenerationParts): Generator =>
  new Generator({
    db: parts.db,
    store: new MediaStore(parts.env.MEDIA),
    clock: systemClock,
    choose: (kind, requested) => parts.providers.choose(kind, requested),
    publish: publisherOf(parts),
    forget: async (userId, id) => {
      try {
        await channelOf(parts, userId).forget(id);
      } catch (error) {
        log("warn", "progress.forget_failed", errorFields(error));
      }
    },
    report,
    wake: async (ids) => {
      for (let i = 0; i < ids.length; i += MESSAGES_A_SEND)
        await parts.env.GENERATION.sendBatch(ids.slice(i, i + MESSAGES_A_SEND).map(messageOf));
    },
  });

export const buildRunner = (parts: GenerationParts): Runner =>
  new Runner({
    db: parts.db,
    outbox: parts.outbox,
    store: new MediaStore(parts.env.MEDIA),
    clock: systemClock,
    choose: (kind, requested) => parts.providers.choose(kind, requested),
    videoProviderOf: (name) => parts.providers.videoProviderOf(name),
    imageProviderOf: (name) => parts.providers.imageProviderOf(name),
    makeThumbnail: (picture) => smallWebp(parts.env.IMAGES, picture, THUMBNAIL_PIXELS),
    breakerOf: (name) => providerBreaker(parts.env.PROVIDER_BREAKER, name),
    publish: publisherOf(parts),
    report,
    wake: async (id, delaySeconds) => {
      const { body, contentType } = messageOf(id);
      await parts.env.GENERATION.send(body, { contentType, delaySeconds: Math.ceil(delaySeconds) });
    },
  });
