import { AudioLibrary, type AudioLibraryDependencies, AudioProcessor } from "../core/audio/index.ts";
import type { Outbox } from "../core/webhooks/index.ts";
import { systemClock } from "../lib/clock.ts";
import type { Env } from "../platform/bindings.ts";
import type { Database } from "../platform/db/client.ts";
import { smallWebp } from "../platform/images.ts";
import { log } from "../platform/logger.ts";
import type { TrackedMediaStore } from "../platform/media.ts";

interface Parts {
  readonly env: Env;
  readonly db: Database;
  readonly outbox: Outbox;
  readonly store: TrackedMediaStore;
}

const shared = ({ env, db, store }: Parts): AudioLibraryDependencies => ({
  db,
  store,
  clock: systemClock,
  wake: async (ids) => {
    await env.AUDIO.sendBatch(ids.map((id) => ({ body: { kind: "track", id }, contentType: "json" })));
  },
});

export const buildAudioLibrary = (parts: Parts): AudioLibrary => new AudioLibrary(shared(parts));

export const buildAudioProcessor = (parts: Parts): AudioProcessor =>
  new AudioProcessor({
    ...shared(parts),
    outbox: parts.outbox,
    makeSmall: (picture, pixels) => smallWebp(parts.env.IMAGES, picture, pixels),
    report: (event, fields) => log("warn", event, fields),
  });
