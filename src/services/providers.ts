import {
  type ChatProvider,
  OpenAiChat,
  sandboxChat,
  type Voice,
  WorkersAiChat,
} from "../core/assistant/index.ts";
import {
  type ImageProvider,
  OpenAiImagesProvider,
  RunwayProvider,
  SoraProvider,
  StabilityProvider,
  sandboxImages,
  sandboxVideos,
  type VendorConfig,
  VeoProvider,
  type VideoProvider,
  WorkersAiImagesProvider,
} from "../core/generation/index.ts";
import {
  auditModels,
  CATALOGS,
  type Capability,
  type Catalog,
  chooseModel,
  type Model,
  type ModelChoice,
  type ProviderName,
  VIDEO_MODELS,
  type VideoModel,
} from "../core/models/index.ts";
import { customModelName, type ProviderConfig } from "../core/provider-config/index.ts";
import { publicUrl } from "../lib/public-url.ts";
import type { Env } from "../platform/bindings.ts";
import { cutPng } from "../platform/images.ts";
import { log } from "../platform/logger.ts";
import type { Settings } from "../platform/settings.ts";

type Providers<T> = ReadonlyMap<ProviderName, T>;

/** The providers that have their credentials, and the sandbox where it is enabled. */
export interface KnownProviders {
  readonly video: Providers<VideoProvider>;
  readonly image: Providers<ImageProvider>;
  readonly assistant: Providers<ChatProvider>;
}

const built = new WeakMap<Env, KnownProviders>();

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
      cutPng(env.IMAGES, picture.bytes, width, height);
    video.set("sandbox", sandboxVideos(cut));
    image.set("sandbox", sandboxImages(cut));
    assistant.set("sandbox", sandboxChat);
  }
  return { video, image, assistant };
};

/** The maximum video length of a custom provider's model, in seconds, because its configuration has none. */
const CUSTOM_MAX_SECONDS = 12;

/** Finds providers for models: those of the registry and the custom ones that administrators added. */
export class ProviderDirectory {
  private readonly known: KnownProviders;

  constructor(
    env: Env,
    private readonly settings: Settings,
    private readonly config: ProviderConfig,
  ) {
    this.known = providersOf(env, settings);
  }

  /** Whether a provider of the registry is configured, or the sandbox replaces it. */
  isEnabled(capability: Capability, name: ProviderName): boolean {
    return this.known[capability].has(name) || this.settings.SANDBOX_PROVIDERS;
  }

  /** Chooses the model and provider for a task; `requested` is null where the client names no model. */
  async choose(kind: "image" | "video", requested: string | null): Promise<ModelChoice<VideoModel | Model>> {
    return this.chooseOf<VideoModel | Model>(
      kind === "video" ? VIDEO_MODELS : CATALOGS.image,
      kind,
      requested,
    );
  }

  /** Returns the model that the administrator chose as default; undefined where none is chosen. */
  async defaultModel(capability: Capability): Promise<string | undefined> {
    const choice = await this.config.choiceOf(capability);
    if (!choice) return undefined;
    return choice.provider.startsWith("custom:")
      ? customModelName(choice.provider.slice("custom:".length), choice.model)
      : choice.model;
  }

  /** Returns the model that serves a capability now; undefined where no provider is available. */
  async servedBy(capability: Capability): Promise<Model | undefined> {
    const requested = (await this.defaultModel(capability)) ?? null;
    const choice = await this.chooseOf(CATALOGS[capability], capability, requested);
    return choice.kind === "model" ? choice.model : undefined;
  }

  async voice(): Promise<Voice | undefined> {
    const model = await this.servedBy("assistant");
    if (!model) return undefined;
    const provider = await this.chatProviderOf(model.provider);
    return provider && { provider, model: model.id, vendorModel: model.vendorModel };
  }

  async videoProviderOf(name: ProviderName): Promise<VideoProvider | undefined> {
    const config = await this.customConfig(name, "video");
    return config ? new SoraProvider(config, name) : this.known.video.get(name);
  }

  async imageProviderOf(name: ProviderName): Promise<ImageProvider | undefined> {
    const config = await this.customConfig(name, "image");
    return config ? new OpenAiImagesProvider(name, config) : this.known.image.get(name);
  }

  /**
   * Returns the URL and key of a custom provider; undefined where the name is not of a custom provider, it was
   * removed, or it has another capability.
   */
  async customConfig(name: ProviderName, capability?: Capability): Promise<VendorConfig | undefined> {
    if (!name.startsWith("custom:")) return undefined;
    const found = await this.config.findCustom(name);
    if (!found || (capability && found.provider.capability !== capability)) return undefined;
    const apiKey = await this.config.keyOf(found.provider.id);
    const loopback = this.settings.ENVIRONMENT === "development";
    return apiKey === undefined
      ? undefined
      : {
          baseUrl: found.provider.apiUrl,
          apiKey,
          mayOpen: ({ href }) => publicUrl(href, { loopback }) !== undefined,
        };
  }

  private async chatProviderOf(name: ProviderName): Promise<ChatProvider | undefined> {
    const config = await this.customConfig(name, "assistant");
    return config ? new OpenAiChat(name, config) : this.known.assistant.get(name);
  }

  private async chooseOf<M extends Model>(
    catalog: Catalog<M>,
    capability: Capability,
    requested: string | null,
  ): Promise<ModelChoice<M | Model>> {
    if (requested?.startsWith("custom:")) {
      const found = await this.config.findCustom(requested);
      if (found?.provider.capability !== capability) return { kind: "unavailable" };
      const model = {
        id: `${found.provider.name}/${found.model}`,
        provider: `custom:${found.provider.id}` as const,
        vendorModel: found.model,
        aliases: [],
        maxSeconds: CUSTOM_MAX_SECONDS,
      };
      return { kind: "model", model };
    }
    const enabled = this.known[capability];
    return chooseModel(
      catalog,
      requested,
      Date.now(),
      (name) => enabled.has(name),
      this.settings.SANDBOX_PROVIDERS,
    );
  }
}

const LIST_TIMEOUT_MS = 10_000;

/**
 * Compares the model registry with the list of each vendor, and logs a warning for each model that needs attention.
 */
export const auditProviders = async (env: Env, settings: Settings, now: number): Promise<void> => {
  const { video, image, assistant } = providersOf(env, settings);
  for (const [capability, providers] of Object.entries({ video, image, assistant })) {
    const listed = new Map<ProviderName, readonly string[]>();
    await Promise.all(
      [...providers.values()].map(async (provider) => {
        const signal = AbortSignal.timeout(LIST_TIMEOUT_MS);
        const models =
          "stream" in provider
            ? await provider.listModels(signal).catch(() => undefined)
            : await provider.listModels({ signal, report: async () => true });
        if (models) listed.set(provider.name, models);
      }),
    );
    for (const { model, problem } of auditModels(CATALOGS[capability as Capability], listed, now))
      log("warn", "models.audit", { capability, model, problem });
  }
};
