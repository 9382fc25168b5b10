import { DAY_MS } from "../../lib/clock.ts";
import type { Catalog, Model, ModelChoice, ProviderName } from "./model.ts";

const WARN_BEFORE_MS = 30 * DAY_MS;

/** The model of a name or an alias, living or not. */
export const findModel = <M extends Model>({ models }: Catalog<M>, name: string): M | undefined => {
  const wanted = name.toLowerCase();
  return models.find(({ id, aliases }) => id === wanted || aliases.includes(wanted));
};

/** Whether its provider has ended it. */
export const isShutDown = ({ shutdownOn }: Model, now: number): boolean =>
  shutdownOn !== undefined && now >= Date.parse(shutdownOn);

/** The model itself while it lives, else who took its place. */
const living = <M extends Model>(catalog: Catalog<M>, model: M, now: number): M | undefined => {
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
 * The living model behind a name, or behind no name. A provider without credentials is stood in for by the next of the
 * chain that has them, and by the sandbox where that is allowed. Answers name the model that was really used.
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
  const wanted = named && living(catalog, named, now);
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

/** What somebody should look at: models that are ending, have ended, or are not on their provider's list. */
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
