/** Name of a provider. `custom:<id>` is a provider that an administrator added. */
export type ProviderName =
  | "sora"
  | "veo"
  | "runway"
  | "stability"
  | "dalle"
  | "openai"
  | "workers-ai"
  | "sandbox"
  | `custom:${string}`;

/** The kinds of output that models produce. */
export const CAPABILITIES = ["image", "video", "assistant"] as const;
export type Capability = (typeof CAPABILITIES)[number];

/** A model of the registry. */
export interface Model {
  readonly id: string;
  readonly provider: ProviderName;
  /** Model id in the provider's API. */
  readonly vendorModel: string;
  /** Other names that clients may send. They include the names of shut-down models that this model replaces. */
  readonly aliases: readonly string[];
  /** UTC date (`YYYY-MM-DD`) on which the provider shuts the model down, if it is known. */
  readonly shutdownOn?: string;
  /** Id of the model that replaces it from that date. */
  readonly successor?: string;
}

/** The models of one capability. The first active model of each provider is that provider's default. */
export interface Catalog<M extends Model = Model> {
  readonly models: readonly M[];
  /**
   * Order in which providers are tried if the client names no model, or if the named model's provider has no
   * credentials.
   */
  readonly fallback: readonly ProviderName[];
}

/** Result of choosing a model: the model, an unknown name, or no available provider. */
export type ModelChoice<M extends Model = Model> =
  | { readonly kind: "model"; readonly model: M }
  | { readonly kind: "unknown" }
  | { readonly kind: "unavailable" };
