/** Who makes things. `custom:<id>` is one an administrator added. */
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

/** What models are for. */
export const CAPABILITIES = ["image", "video", "assistant"] as const;
export type Capability = (typeof CAPABILITIES)[number];

/** A model of the registry. */
export interface Model {
  readonly id: string;
  readonly provider: ProviderName;
  /** What its provider calls it. */
  readonly vendorModel: string;
  /** Other names clients know it by. Names of models that are gone lead to who took their place. */
  readonly aliases: readonly string[];
  /** UTC day (`YYYY-MM-DD`) from which its provider answers no more, where that is known. */
  readonly shutdownOn?: string;
  /** Id of the model that takes its place then. */
  readonly successor?: string;
}

/** The models of one capability. The first of a provider is its default. */
export interface Catalog<M extends Model = Model> {
  readonly models: readonly M[];
  /** Who is asked where nobody else is named, or who was named has no credentials. */
  readonly fallback: readonly ProviderName[];
}

/** Who is to do it. */
export type ModelChoice<M extends Model = Model> =
  | { readonly kind: "model"; readonly model: M }
  | { readonly kind: "unknown" }
  | { readonly kind: "unavailable" };
