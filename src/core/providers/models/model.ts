import type { ModelDefinition, VideoModelDefinition } from "../define.ts";
import type { RegisteredName } from "../registry.ts";

/** Name of a provider. `custom:<id>` is a provider that an administrator added. */
export type ProviderName = RegisteredName | `custom:${string}`;

/** A model of the registry. */
export interface Model extends ModelDefinition {
  readonly provider: ProviderName;
}

export interface VideoModel extends VideoModelDefinition {
  readonly provider: ProviderName;
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
