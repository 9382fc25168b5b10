import { DAY_MS } from "../../../lib/clock.ts";
import type { Catalog, Model, ModelChoice, ProviderName } from "./model.ts";

const WARN_BEFORE_MS = 30 * DAY_MS;

/** Finds a model by id or alias, in any case of letters. The model may be shut down. */
export const findModel = <M extends Model>({ models }: Catalog<M>, name: string): M | undefined => {
  const wanted = name.toLowerCase();
  return models.find(({ id, aliases }) => id === wanted || aliases.includes(wanted));
};

/** Returns whether the provider has shut the model down. */
export const isShutDown = ({ shutdownOn }: Model, now: number): boolean =>
  shutdownOn !== undefined && now >= Date.parse(shutdownOn);

/** Returns the model itself while it is active, otherwise the first active model in its chain of successors. */
const activeModel = <M extends Model>(catalog: Catalog<M>, model: M, now: number): M | undefined => {
  for (let next: M | undefined = model, hops = 0; next && hops < catalog.models.length; hops++) {
    if (!isShutDown(next, now)) return next;
    next = next.successor === undefined ? undefined : findModel(catalog, next.successor);
  }
  return undefined;
};

const defaultOf = <M extends Model>(
  { models }: Catalog<M>,
  provider: ProviderName,
  now: number,
): M | undefined => models.find((model) => model.provider === provider && !isShutDown(model, now));

/**
 * Chooses an active model for a requested name, or for none. If the model's provider has no credentials, the default
 * model of the next provider in the fallback chain with credentials is used, and finally the sandbox if it is
 * allowed. API responses name the model that is really used.
 */
export const chooseModel = <M extends Model>(
  catalog: Catalog<M>,
  requested: string | null,
  now: number,
  isEnabled: (provider: ProviderName) => boolean,
  sandboxAllowed: boolean,
): ModelChoice<M> => {
  const named = requested === null ? undefined : findModel(catalog, requested);
  if (requested !== null && !named) return { kind: "unknown" };
  const sandbox = sandboxAllowed ? defaultOf(catalog, "sandbox", now) : undefined;
  if (named?.provider === "sandbox")
    return sandbox ? { kind: "model", model: sandbox } : { kind: "unavailable" };
  const wanted = named && activeModel(catalog, named, now);
  if (wanted && isEnabled(wanted.provider)) return { kind: "model", model: wanted };
  const { fallback } = catalog;
  const start = Math.max(0, wanted ? fallback.indexOf(wanted.provider) : 0);
  const chain = [...fallback.slice(start), ...fallback.slice(0, start)];
  const provider = chain.find((name) => isEnabled(name) && defaultOf(catalog, name, now));
  const model = provider ? defaultOf(catalog, provider, now) : sandbox;
  return model ? { kind: "model", model } : { kind: "unavailable" };
};

export interface ModelProblem {
  readonly model: string;
  readonly problem: "ends_soon" | "ended" | "not_listed";
}

/**
 * Lists models that the operator should check: shut down, shut down within the next 30 days, or missing from the list
 * of their provider.
 */
export const auditModels = (
  { models }: Catalog,
  listed: ReadonlyMap<ProviderName, readonly string[]>,
  now: number,
): ModelProblem[] =>
  models.flatMap((model): ModelProblem[] => {
    const ends = model.shutdownOn === undefined ? Number.POSITIVE_INFINITY : Date.parse(model.shutdownOn);
    if (now >= ends) return [{ model: model.id, problem: "ended" }];
    if (ends - now < WARN_BEFORE_MS) return [{ model: model.id, problem: "ends_soon" }];
    const known = listed.get(model.provider);
    return known && !known.includes(model.vendorModel) ? [{ model: model.id, problem: "not_listed" }] : [];
  });
