import {
  auditModels,
  type ProviderName,
  RunwayProvider,
  SoraProvider,
  sandboxProvider,
  VeoProvider,
  type VideoProvider,
} from "../core/generation/index.ts";
import { log } from "../platform/logger.ts";
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

const bare = (url: string): string => url.replace(/\/+$/, "");

const build = (settings: Settings): ReadonlyMap<ProviderName, VideoProvider> => {
  const providers = new Map<ProviderName, VideoProvider>();
  const { SORA_API_URL, SORA_API_KEY, GEMINI_API_KEY, RUNWAY_API_KEY } = settings;
  if (SORA_API_URL && SORA_API_KEY)
    providers.set("sora", new SoraProvider({ baseUrl: bare(SORA_API_URL), apiKey: SORA_API_KEY }));
  if (GEMINI_API_KEY) {
    const baseUrl = bare(settings.GEMINI_API_URL ?? "https://generativelanguage.googleapis.com");
    providers.set("veo", new VeoProvider({ baseUrl, apiKey: GEMINI_API_KEY }));
  }
  if (RUNWAY_API_KEY) {
    const baseUrl = bare(settings.RUNWAY_API_URL ?? "https://api.dev.runwayml.com");
    providers.set("runway", new RunwayProvider({ baseUrl, apiKey: RUNWAY_API_KEY }));
  }
  if (settings.SANDBOX_PROVIDERS) providers.set("sandbox", sandboxProvider);
  return providers;
};

const LIST_TIMEOUT_MS = 10_000;

/** Compares the registry with what each vendor lists, and warns in the log of what somebody should look at. */
export const auditProviders = async (settings: Settings, now: number): Promise<void> => {
  const listed = new Map<ProviderName, readonly string[]>();
  await Promise.all(
    [...providersOf(settings).values()].map(async (provider) => {
      const context = { signal: AbortSignal.timeout(LIST_TIMEOUT_MS), report: async () => true };
      const models = await provider.listModels(context);
      if (models) listed.set(provider.name, models);
    }),
  );
  for (const { model, problem } of auditModels(listed, now)) log("warn", "models.audit", { model, problem });
};
