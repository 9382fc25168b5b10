import { createProviders, type KnownProviders, type Tools } from "../core/providers/index.ts";
import { cropPng } from "../platform/images.ts";
import { perIsolate } from "../platform/per-isolate.ts";
import { settingsOf } from "../platform/settings.ts";

/** The providers that have their credentials, and the sandbox where it is enabled. */
export const providersOf = perIsolate(
  (env): KnownProviders =>
    createProviders(settingsOf(env), {
      // The types of the binding list each model by name; the adapters validate the answers themselves.
      ai: env.AI as unknown as Tools["ai"],
      cropPicture: (picture, width, height) => cropPng(env.IMAGES, picture.bytes, width, height),
    }),
);
