import { DAY_MS } from "../../lib/clock.ts";
import type { ProviderName } from "./providers/spec.ts";
import type { ModelChoice } from "./runner.ts";
import { VIDEO_FALLBACK, VIDEO_MODELS, type VideoModel } from "./video-models.ts";

const WARN_BEFORE_MS = 30 * DAY_MS;

const byName = new Map(
  VIDEO_MODELS.flatMap((model) => [model.id, ...model.aliases].map((name) => [name, model] as const)),
);

/** Whether its provider has ended it. */
export const isShutDown = ({ shutdownOn }: VideoModel, now: number): boolean =>
  shutdownOn !== undefined && now >= Date.parse(shutdownOn);

/** The model itself while it lives, else who took its place. */
const living = (model: VideoModel, now: number): VideoModel | undefined => {
  for (let next: VideoModel | undefined = model, hops = 0; next && hops < VIDEO_MODELS.length; hops++) {
    if (!isShutDown(next, now)) return next;
    next = next.successor === undefined ? undefined : byName.get(next.successor);
  }
  return undefined;
};

const defaultOf = (provider: ProviderName, now: number): VideoModel | undefined =>
  VIDEO_MODELS.find((model) => model.provider === provider && !isShutDown(model, now));

const chosen = (model: VideoModel): ModelChoice => ({
  kind: "model",
  provider: model.provider,
  id: model.id,
  vendorModel: model.vendorModel,
  maxSeconds: model.maxSeconds,
});

/**
 * The living model behind a name, or behind no name. A provider without credentials is stood in for by the next of the
 * chain that has them, and by the sandbox where that is allowed. Answers name the model that was really used.
 */
export const chooseModel = (
  requested: string | null,
  now: number,
  isEnabled: (provider: ProviderName) => boolean,
  sandboxAllowed: boolean,
): ModelChoice => {
  const named = requested === null ? undefined : byName.get(requested.toLowerCase());
  if (requested !== null && !named) return { kind: "unknown" };
  const sandbox = sandboxAllowed ? defaultOf("sandbox", now) : undefined;
  if (named?.provider === "sandbox") return sandbox ? chosen(sandbox) : { kind: "unavailable" };
  const wanted = named && living(named, now);
  if (wanted && isEnabled(wanted.provider)) return chosen(wanted);
  const start = Math.max(0, wanted ? VIDEO_FALLBACK.indexOf(wanted.provider) : 0);
  const chain = [...VIDEO_FALLBACK.slice(start), ...VIDEO_FALLBACK.slice(0, start)];
  const provider = chain.find((name) => isEnabled(name) && defaultOf(name, now));
  const model = provider ? defaultOf(provider, now) : sandbox;
  return model ? chosen(model) : { kind: "unavailable" };
};

export interface ModelProblem {
  readonly model: string;
  readonly problem: "ends_soon" | "ended" | "not_listed";
}

/** What somebody should look at: models that are ending, have ended, or are not on their provider's list. */
export const auditModels = (
  listed: ReadonlyMap<ProviderName, readonly string[]>,
  now: number,
): ModelProblem[] =>
  VIDEO_MODELS.flatMap((model): ModelProblem[] => {
    const ends = model.shutdownOn === undefined ? Number.POSITIVE_INFINITY : Date.parse(model.shutdownOn);
    if (now >= ends) return [{ model: model.id, problem: "ended" }];
    if (ends - now < WARN_BEFORE_MS) return [{ model: model.id, problem: "ends_soon" }];
    const models = listed.get(model.provider);
    return models && !models.includes(model.vendorModel) ? [{ model: model.id, problem: "not_listed" }] : [];
  });
