import type { Model, ModelChoice, ProviderName, VideoModel } from "../providers/index.ts";
import { type TaskRow, toTask } from "./task.ts";

/** The model of a task, chosen at submit. */
export type ChosenModel = Pick<Model, "id" | "vendorModel" | "provider">;

/** Chooses a model for a kind of task; `requestedModel` is null where the client names none. */
export type ChooseModel = (
  kind: TaskRow["kind"],
  requestedModel: string | null,
) => Promise<ModelChoice<Model & Partial<Pick<VideoModel, "maxSeconds" | "isPlain">>>>;

/**
 * Returns the model chosen at submit. A task that was submitted before models were stored gets the model that its
 * request selects now; undefined if that model makes less (shorter, no HD) than the user was charged for.
 */
export const chosenFor = async (row: TaskRow, choose: ChooseModel): Promise<ChosenModel | undefined> => {
  const { provider, model, vendorModel } = row;
  if (provider !== null && model !== null && vendorModel !== null)
    return { provider: provider as ProviderName, id: model, vendorModel };
  const choice = await choose(row.kind, row.requestedModel);
  if (choice.kind !== "model") return undefined;
  const task = toTask(row);
  const { isPlain = false, maxSeconds = Number.POSITIVE_INFINITY } = choice.model;
  const isLess =
    task.kind === "video" && ((isPlain && task.params.hd) || task.params.durationSeconds > maxSeconds);
  return isLess ? undefined : choice.model;
};
