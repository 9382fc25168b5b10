import {
  type ChatProvider,
  type ImageProvider,
  type KnownProviders,
  OpenAiChat,
  OpenAiImagesProvider,
  type ProviderName,
  RunwayProvider,
  SoraProvider,
  StabilityProvider,
  sandboxChat,
  sandboxImages,
  sandboxVideos,
  type VendorConfig,
  VeoProvider,
  type VideoProvider,
  WorkersAiChat,
  WorkersAiImagesProvider,
} from "../core/providers/index.ts";
import type { Env } from "../platform/bindings.ts";
import { cropPng } from "../platform/images.ts";
import type { Settings } from "../platform/settings.ts";

const built = new WeakMap<Env, KnownProviders>();

/** Returns the providers that have their credentials, and the sandbox where it is enabled. */
export const providersOf = (env: Env, settings: Settings): KnownProviders => {
  let providers = built.get(env);
  if (!providers) {
    providers = build(env, settings);
    built.set(env, providers);
  }
  return providers;
};

const bare = (url: string): string => url.replace(/\/+$/, "");

const configOf = (
  apiKey: string | undefined,
  url: string | undefined,
  usual?: string,
): VendorConfig | undefined => {
  const baseUrl = url ?? usual;
  return apiKey && baseUrl ? { apiKey, baseUrl: bare(baseUrl) } : undefined;
};

const build = (env: Env, s: Settings): KnownProviders => {
  const video = new Map<ProviderName, VideoProvider>();
  const image = new Map<ProviderName, ImageProvider>();
  const assistant = new Map<ProviderName, ChatProvider>();
  const sora = configOf(s.SORA_API_KEY, s.SORA_API_URL);
  const gemini = configOf(s.GEMINI_API_KEY, s.GEMINI_API_URL, "https://generativelanguage.googleapis.com");
  const runway = configOf(s.RUNWAY_API_KEY, s.RUNWAY_API_URL, "https://api.dev.runwayml.com");
  const stability = configOf(s.STABILITY_API_KEY, s.STABILITY_API_URL, "https://api.stability.ai");
  const openai = configOf(s.OPENAI_API_KEY, s.OPENAI_API_URL, "https://api.openai.com");
  if (sora) video.set("sora", new SoraProvider(sora));
  if (gemini) video.set("veo", new VeoProvider(gemini));
  if (runway) video.set("runway", new RunwayProvider(runway));
  if (stability) image.set("stability", new StabilityProvider(stability));
  if (openai) {
    image.set("dalle", new OpenAiImagesProvider("dalle", openai));
    assistant.set("openai", new OpenAiChat("openai", openai));
  }
  if (env.AI) {
    // The types of the binding list each model by name; the provider validates the answers itself.
    const ai = env.AI as unknown as ConstructorParameters<typeof WorkersAiImagesProvider>[0];
    image.set("workers-ai", new WorkersAiImagesProvider(ai));
    assistant.set("workers-ai", new WorkersAiChat(ai));
  }
  if (s.SANDBOX_PROVIDERS) {
    const cut = (picture: { bytes: Uint8Array }, width: number, height: number) =>
      cropPng(env.IMAGES, picture.bytes, width, height);
    video.set("sandbox", sandboxVideos(cut));
    image.set("sandbox", sandboxImages(cut));
    assistant.set("sandbox", sandboxChat);
  }
  return { video, image, assistant };
};
