import { createProviders, type KnownProviders, type Tools } from "../core/providers/index.ts";
import type { Env } from "../platform/bindings.ts";
import { cropPng } from "../platform/images.ts";
import type { Settings } from "../platform/settings.ts";

const built = new WeakMap<Env, KnownProviders>();

/** Returns the providers that have their credentials, and the sandbox where it is enabled. */
export const providersOf = (env: Env, settings: Settings): KnownProviders => {
  let providers = built.get(env);
  if (!providers) {
    providers = createProviders(settings, {
      // The types of the binding list each model by name; the adapters validate the answers themselves.
      ai: env.AI as unknown as Tools["ai"],
      cropPicture: (picture, width, height) => cropPng(env.IMAGES, picture.bytes, width, height),
    });
    built.set(env, providers);
  }
  return providers;
};
