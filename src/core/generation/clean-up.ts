import { eq } from "drizzle-orm";
import type { Clock } from "../../lib/clock.ts";
import type { Database } from "../../platform/db/client.ts";
import { tasks } from "../../platform/db/schema/generation.ts";
import type { MediaStore } from "../../platform/media.ts";
import type { ProviderName, VideoProvider } from "../providers/index.ts";
import { CALL_TIMEOUT_MS } from "../providers/index.ts";
import { isTerminal, objectKeysOf, resultKeysOf } from "./task.ts";

interface CleanUpDeps {
  readonly db: Database;
  readonly store: MediaStore;
  readonly clock: Clock;
  readonly videoProviderOf: (name: ProviderName) => Promise<VideoProvider | undefined>;
}

/** Deletes the objects that a step stored, after the task was settled during the step. */
export const abandon = async ({ db, store }: CleanUpDeps, id: string): Promise<void> => {
  const [row] = await db.select({ state: tasks.state }).from(tasks).where(eq(tasks.id, id));
  // Another consumer may have completed the task: its objects have the same keys.
  if (row?.state !== "COMPLETED") await store.delete(resultKeysOf(id));
};

/**
 * Cleans up after a settled task: cancels the job of a cancelled task, deletes objects that are not needed, and
 * deletes the row of a removed task.
 */
export const cleanUp = async (deps: CleanUpDeps, id: string): Promise<void> => {
  const { db, clock, store } = deps;
  const [row] = await db.select().from(tasks).where(eq(tasks.id, id));
  if (!row || !isTerminal(row.state) || row.wakeAt === null) return;
  if (row.state !== "COMPLETED" && row.providerJob !== null) {
    const adapter = await deps.videoProviderOf(row.provider as ProviderName);
    const signal = AbortSignal.timeout(CALL_TIMEOUT_MS);
    if (row.state === "CANCELLED")
      await adapter?.cancel(row.providerJob, { signal, report: async () => false });
    await db.update(tasks).set({ providerJob: null }).where(eq(tasks.id, id));
  }
  // A consumer that held the task when it was settled may still write objects. `Generator.sweep` sends another
  // message later.
  if (row.wakeAt > clock() || row.claimedUntil > clock()) return;
  if (row.state !== "COMPLETED" || row.deletedAt !== null) await store.delete(objectKeysOf(id));
  if (row.deletedAt === null) await db.update(tasks).set({ wakeAt: null }).where(eq(tasks.id, id));
  else await db.delete(tasks).where(eq(tasks.id, id));
};
