import type { Settings } from "../../platform/settings.ts";
import type { AiBinding } from "./adapters/workers-ai-images.ts";
import type { ChatProvider } from "./chat.ts";
import type { CropPicture, ImageProvider, VideoProvider } from "./media.ts";

/** A model as its provider's file lists it. */
export interface ModelDefinition {
  readonly id: string;
  /** Model id in the provider's API. */
  readonly vendorModel: string;
  /** Other names that clients may send. They include the names of shut-down models that this model replaces. */
  readonly aliases: readonly string[];
  /** UTC date (`YYYY-MM-DD`) on which the provider shuts the model down, if it is known. */
  readonly shutdownOn?: string;
  /** Id of the model that replaces it from that date. */
  readonly successor?: string;
}

export interface VideoModelDefinition extends ModelDefinition {
  readonly maxSeconds: number;
  /** Set if the model makes no video above 720p. */
  readonly isPlain?: true;
}

/** What one provider makes, by capability. */
export interface Adapters {
  readonly image?: ImageProvider;
  readonly video?: VideoProvider;
  readonly assistant?: ChatProvider;
}

/** What an adapter may need besides its settings. */
export interface Tools {
  /** Cloudflare's AI binding, which exists only in production. */
  readonly ai: AiBinding | undefined;
  readonly cropPicture: CropPicture;
}

export interface ProviderDefinition<
  Name extends string = string,
  Setting extends keyof Settings = keyof Settings,
> {
  readonly name: Name;
  /** The name that people read. */
  readonly label: string;
  /** The settings that it reads; `.dev.vars.example` explains them. */
  readonly settings: readonly Setting[];
  /** The first active model of a capability is the provider's default there. */
  readonly models: {
    readonly image?: readonly ModelDefinition[];
    readonly video?: readonly VideoModelDefinition[];
    readonly assistant?: readonly ModelDefinition[];
  };
  /** Returns undefined if the provider has no credentials or is not enabled. */
  readonly create: (settings: Pick<Settings, Setting>, tools: Tools) => Adapters | undefined;
}

/** Defines a provider: what it is called, which settings and models it has, and how its adapters are created. */
export const defineProvider = <const Name extends string, const Setting extends keyof Settings>(
  definition: ProviderDefinition<Name, Setting>,
): ProviderDefinition<Name, Setting> => definition;
