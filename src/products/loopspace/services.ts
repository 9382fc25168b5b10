import type { Services } from "../../http/services.ts";
import type { Base, Slice } from "../../http/slice.ts";
import { systemClock } from "../../lib/clock.ts";
import { smallWebp } from "../../platform/images.ts";
import { warn } from "../../platform/logger.ts";
import { sendMessages } from "../../platform/queues.ts";
import {
  AudioCatalog,
  AudioLibrary,
  type AudioLibraryDependencies,
  AudioProcessor,
  Purchases,
} from "./domain/index.ts";

interface LoopspaceServices {
  readonly audioCatalog: AudioCatalog;
  readonly audioLibrary: AudioLibrary;
  readonly audioProcessor: AudioProcessor;
  readonly purchases: Purchases;
}

declare module "../../http/services.ts" {
  interface Services extends LoopspaceServices {}
}

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
};
