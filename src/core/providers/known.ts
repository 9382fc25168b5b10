import type { Settings } from "../../platform/settings.ts";
import type { ChatProvider } from "./chat.ts";
import type { Tools } from "./define.ts";
import type { ImageProvider, VideoProvider } from "./media.ts";
import type { ProviderName } from "./models/index.ts";
import { REGISTRY } from "./registry.ts";

type ByName<T> = ReadonlyMap<ProviderName, T>;

/** The providers that have their credentials, and the sandbox where it is enabled. */
export interface KnownProviders {
  readonly video: ByName<VideoProvider>;
  readonly image: ByName<ImageProvider>;
  readonly assistant: ByName<ChatProvider>;
}

/** Creates the adapters of the registry. */
export const createProviders = (settings: Settings, tools: Tools): KnownProviders => {
  const video = new Map<ProviderName, VideoProvider>();
  const image = new Map<ProviderName, ImageProvider>();
  const assistant = new Map<ProviderName, ChatProvider>();
  for (const { name, create } of REGISTRY) {
    const adapters = create(settings, tools);
    if (adapters?.video) video.set(name, adapters.video);
    if (adapters?.image) image.set(name, adapters.image);
    if (adapters?.assistant) assistant.set(name, adapters.assistant);
  }
  return { video, image, assistant };
};

const LABELS = new Map<string, string>(REGISTRY.map(({ name, label }) => [name, label]));

/** The name of a provider that people read; the name itself for a provider that is not in the registry. */
export const labelOf = (name: ProviderName): string => LABELS.get(name) ?? name;
