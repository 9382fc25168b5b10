import { type ProviderName, sandboxProvider, type VideoProvider } from "../core/generation/index.ts";
import type { Settings } from "../platform/settings.ts";

const built = new WeakMap<Settings, ReadonlyMap<ProviderName, VideoProvider>>();

/** The providers whose credentials are set, and the sandbox where it may stand in. */
export const providersOf = (settings: Settings): ReadonlyMap<ProviderName, VideoProvider> => {
  let providers = built.get(settings);
  if (!providers) {
    providers = build(settings);
    built.set(settings, providers);
  }
  return providers;
};

const build = (settings: Settings): ReadonlyMap<ProviderName, VideoProvider> => {
  const providers = new Map<ProviderName, VideoProvider>();
  if (settings.SANDBOX_PROVIDERS) providers.set("sandbox", sandboxProvider);
  return providers;
};
