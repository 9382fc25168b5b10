import type { Clock } from "../../lib/clock.ts";
import { publicUrl } from "../../lib/public-url.ts";
import type { VendorConfig } from "./adapters/http.ts";
import { OpenAiChat } from "./adapters/openai-chat.ts";
import { OpenAiImagesProvider } from "./adapters/openai-images.ts";
import { SoraProvider } from "./adapters/sora.ts";
import { auditProviders } from "./audit.ts";
import type { AssistantModel, ChatProvider } from "./chat.ts";
import { customModelName, type ProviderConfig } from "./config/index.ts";
import type { KnownProviders } from "./known.ts";
import type { ImageProvider, VideoProvider } from "./media.ts";
import {
  CATALOGS,
  type Capability,
  type Catalog,
  chooseModel,
  type Model,
  type ModelChoice,
  type ProviderName,
  VIDEO_MODELS,
  type VideoModel,
} from "./models/index.ts";

/** The maximum video length of a custom provider's model, in seconds, because its configuration has none. */
const CUSTOM_MODEL_MAX_VIDEO_SECONDS = 12;

interface ProviderDirectoryDeps {
  readonly known: KnownProviders;
  /** The administrators' choices and custom providers. */
  readonly config: ProviderConfig;
  /** Whether the sandbox replaces providers that have no credentials. */
  readonly sandbox: boolean;
  /** Whether custom providers may be on this machine: in development. */
  readonly loopback: boolean;
  readonly clock: Clock;
  /** Logs a warning. */
  readonly report: (event: string, fields: Record<string, string>) => void;
}

/** Finds providers for models: those of the registry and the custom ones that administrators added. */
export class ProviderDirectory {
  constructor(private readonly deps: ProviderDirectoryDeps) {}

  /** Compares the model registry with the list of each vendor and reports models that need attention. */
  audit(): Promise<void> {
    const { known, clock, report } = this.deps;
    return auditProviders(known, clock(), report);
  }

  /** Whether a provider of the registry is configured, or the sandbox replaces it. */
  isEnabled(capability: Capability, name: ProviderName): boolean {
    return this.deps.known[capability].has(name) || this.deps.sandbox;
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
    const choice = await this.deps.config.choiceOf(capability);
    if (!choice) return undefined;
    return choice.provider.startsWith("custom:")
      ? customModelName(choice.provider.slice("custom:".length), choice.model)
      : choice.model;
  }

  /** Returns the model that serves a capability now; undefined where no provider is available. */
  async currentModel(capability: Capability): Promise<Model | undefined> {
    const requested = (await this.defaultModel(capability)) ?? null;
    const choice = await this.chooseOf(CATALOGS[capability], capability, requested);
    return choice.kind === "model" ? choice.model : undefined;
  }

  async assistantModel(): Promise<AssistantModel | undefined> {
    const model = await this.currentModel("assistant");
    if (!model) return undefined;
    const provider = await this.chatProviderOf(model.provider);
    return provider && { provider, model: model.id, vendorModel: model.vendorModel };
  }

  async videoProviderOf(name: ProviderName): Promise<VideoProvider | undefined> {
    const config = await this.customConfig(name, "video");
    return config ? new SoraProvider(config, name) : this.deps.known.video.get(name);
  }

  async imageProviderOf(name: ProviderName): Promise<ImageProvider | undefined> {
    const config = await this.customConfig(name, "image");
    return config ? new OpenAiImagesProvider(name, config) : this.deps.known.image.get(name);
  }

  /**
   * Returns the URL and key of a custom provider; undefined where the name is not of a custom provider, it was
   * removed, or it has another capability.
   */
  async customConfig(name: ProviderName, capability?: Capability): Promise<VendorConfig | undefined> {
    if (!name.startsWith("custom:")) return undefined;
    const found = await this.deps.config.findCustom(name);
    if (!found || (capability && found.provider.capability !== capability)) return undefined;
    const apiKey = await this.deps.config.keyOf(found.provider.id);
    const { loopback } = this.deps;
    return apiKey === undefined
      ? undefined
      : {
          baseUrl: found.provider.apiUrl,
          apiKey,
          isDownloadAllowed: ({ href }) => publicUrl(href, { loopback }) !== undefined,
        };
  }

  private async chatProviderOf(name: ProviderName): Promise<ChatProvider | undefined> {
    const config = await this.customConfig(name, "assistant");
    return config ? new OpenAiChat(name, config) : this.deps.known.assistant.get(name);
  }

  private async chooseOf<M extends Model>(
    catalog: Catalog<M>,
    capability: Capability,
    requested: string | null,
  ): Promise<ModelChoice<M | Model>> {
    if (requested?.startsWith("custom:")) {
      const found = await this.deps.config.findCustom(requested);
      if (found?.provider.capability !== capability) return { kind: "unavailable" };
      const model = {
        id: `${found.provider.name}/${found.model}`,
        provider: `custom:${found.provider.id}` as const,
        vendorModel: found.model,
        aliases: [],
        maxSeconds: CUSTOM_MODEL_MAX_VIDEO_SECONDS,
      };
      return { kind: "model", model };
    }
    const enabled = this.deps.known[capability];
    return chooseModel(catalog, requested, this.deps.clock(), (name) => enabled.has(name), this.deps.sandbox);
  }
}
