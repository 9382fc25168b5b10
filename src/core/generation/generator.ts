import { and, asc, count, desc, eq, inArray, isNull, lte, sql } from "drizzle-orm";
import type { Clock } from "../../lib/clock.ts";
import type { Failure } from "../../lib/domain-error.ts";
import { randomToken } from "../../lib/ids.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import { type Database, isUniqueViolation } from "../../platform/db/client.ts";
import { tasks } from "../../platform/db/schema/generation.ts";
import { transaction } from "../../platform/db/transaction.ts";
import type { MediaStore } from "../../platform/media.ts";
import { addEntry, isOverdraft } from "../credits/index.ts";
import type { ChooseModel } from "./chosen-model.ts";
import { CHARGE_DESCRIPTIONS, costOf, type NewTask, newRow, withoutHd } from "./new-task.ts";
import {
  asVideoTask,
  isTerminal,
  objectKeysOf,
  type Task,
  type TaskRow,
  type TaskState,
  toTask,
} from "./task.ts";
import { endWithRefund, type Run } from "./transitions.ts";

/** Maximum length of a list of active tasks. No account is expected to have more at once. */
const MAX_ACTIVE = 100;
/** Maximum number of tasks in one run of `sweep`, which runs every minute. */
const SWEEP_TASKS = 500;

export interface GeneratorDependencies {
  readonly db: Database;
  readonly store: MediaStore;
  readonly clock: Clock;
  readonly choose: ChooseModel;
  /** Sends queue messages that make the runner look at the tasks. */
  readonly wake: (ids: readonly string[]) => Promise<void>;
  /** Publishes the state of the task to its watchers. Never rejects. */
  readonly publish: (row: TaskRow) => Promise<void>;
  /** Deletes a removed task from the progress channel, so that no watcher receives it later. Never rejects. */
  readonly forget: (userId: number, id: string) => Promise<void>;
  readonly report: (event: string, fields: Record<string, string | number>) => void;
}

export interface TaskFilter {
  readonly product: string;
  readonly kind?: TaskRow["kind"] | undefined;
  /** Tasks in any of these states. */
  readonly states?: readonly TaskState[] | undefined;
  readonly page: number;
  readonly limit: number;
}

/** Operations of users on generation tasks. `Runner` does the generation itself. */
export class Generator {
  constructor(private readonly deps: GeneratorDependencies) {}

  /** Charges for a task and stores it in one transaction, then sends its queue message. */
  async submit(
    task: NewTask,
  ): Promise<
    Result<
      Task,
      Failure<
        "insufficient_credits" | "invalid_request" | "model_unknown" | "not_found" | "provider_unavailable"
      >
    >
  > {
    const choice = await this.deps.choose(task.kind, task.model ?? null);
    if (choice.kind === "unknown") return err({ code: "model_unknown", model: task.model ?? "" });
    if (choice.kind === "unavailable") return err({ code: "provider_unavailable" });
    // The user must not be charged for more seconds than the model can make.
    const { id: model, maxSeconds = Number.POSITIVE_INFINITY } = choice.model;
    if (task.kind === "video" && task.params.durationSeconds > maxSeconds) {
      const message = `must be at most ${maxSeconds} seconds for the model ${model}`;
      return err({ code: "invalid_request", issues: [{ path: "duration", message }] });
    }
    const now = this.deps.clock();
    const id = task.id ?? crypto.randomUUID();
    const asked = choice.model.isPlain ? withoutHd(task) : task;
    const cost = costOf(asked);
    const row = newRow(id, asked, choice.model, cost, now);
    try {
      await transaction(this.deps.db, [
        this.deps.db.insert(tasks).values(row),
        addEntry(
          {
            userId: row.userId,
            amount: -cost,
            moves: "given_first",
            type: "CONSUME",
            description: CHARGE_DESCRIPTIONS[task.kind],
            reference: `task:${id}`,
            at: now,
          },
          { onDuplicate: "fail" },
        ),
      ]);
    } catch (error) {
      if (isOverdraft(error)) return err({ code: "insufficient_credits", needed: cost });
      if (isUniqueViolation(error, "tasks.id")) return this.find(task.userId, task.product, id);
      throw error;
    }
    await this.wake(id);
    return ok(toTask(row));
  }

  /** Returns a page of a user's tasks, newest first, and the total count. One round trip. */
  async list(userId: number, filter: TaskFilter): Promise<{ tasks: Task[]; total: number }> {
    const mine = and(
      eq(tasks.userId, userId),
      eq(tasks.product, filter.product),
      isNull(tasks.deletedAt),
      filter.kind && eq(tasks.kind, filter.kind),
      filter.states && inArray(tasks.state, [...filter.states]),
    );
    const [rows, [counted]] = await this.deps.db.batch([
      this.deps.db
        .select()
        .from(tasks)
        .where(mine)
        .orderBy(desc(tasks.createdAt), desc(tasks.id))
        .limit(filter.limit)
        .offset((filter.page - 1) * filter.limit),
      this.deps.db.select({ total: count() }).from(tasks).where(mine),
    ]);
    return { tasks: rows.map(toTask), total: counted?.total ?? 0 };
  }

  /** Returns a task of the user. A task of another account is `not_found`. */
  async find(userId: number, product: string, id: string): Promise<Result<Task, Failure<"not_found">>> {
    const [row] = await this.deps.db
      .select()
      .from(tasks)
      .where(this.owned(userId, product, id));
    return row ? ok(toTask(row)) : err({ code: "not_found", what: "task" });
  }

  /** Returns a user's active tasks, of one product or of all, oldest first. */
  async activeTasks(userId: number, product?: string): Promise<Task[]> {
    const rows = await this.deps.db
      .select()
      .from(tasks)
      .where(
        and(
          eq(tasks.userId, userId),
          product === undefined ? undefined : eq(tasks.product, product),
          inArray(tasks.state, ["PENDING", "PROCESSING"]),
          isNull(tasks.deletedAt),
        ),
      )
      .orderBy(asc(tasks.createdAt))
      .limit(MAX_ACTIVE);
    return rows.map(toTask);
  }

  /** Counts a user's completed tasks of a product, and the HD tasks among them. */
  async completedCounts(userId: number, product: string): Promise<{ completed: number; hd: number }> {
    const [figures] = await this.deps.db
      .select({
        completed: count(),
        hd: sql<number>`count(*) FILTER (WHERE json_extract(${tasks.params}, '$.hd'))`,
      })
      .from(tasks)
      .where(
        and(
          eq(tasks.userId, userId),
          eq(tasks.product, product),
          eq(tasks.state, "COMPLETED"),
          isNull(tasks.deletedAt),
        ),
      );
    return figures ?? { completed: 0, hd: 0 };
  }

  /** Sets the title of a task. */
  async rename(
    userId: number,
    product: string,
    id: string,
    title: string,
  ): Promise<Result<Task, Failure<"not_found">>> {
    const [renamed] = await this.deps.db
      .update(tasks)
      .set({ title, updatedAt: this.deps.clock() })
      .where(this.owned(userId, product, id))
      .returning();
    return renamed ? ok(toTask(renamed)) : err({ code: "not_found", what: "task" });
  }

  /** Cancels an active task and refunds its credits. Cancelling a cancelled task succeeds. */
  async cancel(
    userId: number,
    product: string,
    id: string,
  ): Promise<Result<Task, Failure<"not_found" | "state_conflict">>> {
    const found = await this.find(userId, product, id);
    if (!found.ok || found.value.state === "CANCELLED") return found;
    const ended = await this.endByOwner(id, { userId });
    if (!ended) {
      const now = await this.find(userId, product, id);
      if (!now.ok || now.value.state === "CANCELLED") return now;
      return err({ code: "state_conflict", what: "task", state: now.value.state });
    }
    // The runner cancels the job at the provider.
    await Promise.all([this.deps.publish(ended), this.wake(id)]);
    return ok(toTask(ended));
  }

  /** Submits the request of a video task again, as a new task. */
  async regenerate(
    userId: number,
    product: string,
    id: string,
    newId?: string,
  ): Promise<
    Result<
      Task,
      Failure<
        "insufficient_credits" | "invalid_request" | "model_unknown" | "not_found" | "provider_unavailable"
      >
    >
  > {
    const found = await this.find(userId, product, id);
    if (!found.ok) return found;
    const { prompt, params, requestedModel } = asVideoTask(found.value);
    // The seed is left out: with the same seed the new video would be the same.
    const { seed: _, ...rest } = params;
    const model = requestedModel ?? undefined;
    return this.submit({ id: newId, userId, product, kind: "video", prompt, model, params: rest });
  }

  /** Removes a task and its objects. An active task is cancelled first and its credits are refunded. */
  async remove(userId: number, product: string, id: string): Promise<Result<void, Failure<"not_found">>> {
    const { db, clock, store } = this.deps;
    const found = await this.find(userId, product, id);
    if (!found.ok) return found;
    if (!isTerminal(found.value.state)) {
      const ended = await this.endByOwner(id, { userId, deleted: true });
      if (ended) {
        await Promise.all([this.deps.publish(ended), this.wake(id)]);
        return ok(undefined);
      }
    }
    // The row is hidden first and marked as due: if a later step fails, `sweep` makes the runner finish the deletion.
    const now = clock();
    const [hidden] = await db
      .update(tasks)
      .set({ deletedAt: now, shareToken: null, wakeAt: now, updatedAt: now })
      .where(this.owned(userId, product, id))
      .returning({ claimedUntil: tasks.claimedUntil });
    if (!hidden) return err({ code: "not_found", what: "task" });
    await this.deps.forget(userId, id);
    if (hidden.claimedUntil > now) return ok(undefined);
    await store.delete(objectKeysOf(id));
    await db.delete(tasks).where(eq(tasks.id, id));
    return ok(undefined);
  }

  /** Makes a completed task readable through an unguessable link, which stays the same until it is revoked. */
  async share(
    userId: number,
    product: string,
    id: string,
  ): Promise<Result<string, Failure<"not_found" | "state_conflict">>> {
    const found = await this.find(userId, product, id);
    if (!found.ok) return found;
    if (found.value.state !== "COMPLETED")
      return err({ code: "state_conflict", what: "task", state: found.value.state });
    const [shared] = await this.deps.db
      .update(tasks)
      .set({ shareToken: sql`ifnull(share_token, ${randomToken()})` })
      .where(this.owned(userId, product, id))
      .returning({ token: tasks.shareToken });
    return shared?.token ? ok(shared.token) : err({ code: "not_found", what: "task" });
  }

  /** Revokes the share link. */
  async unshare(userId: number, product: string, id: string): Promise<Result<void, Failure<"not_found">>> {
    const hidden = await this.deps.db
      .update(tasks)
      .set({ shareToken: null })
      .where(this.owned(userId, product, id))
      .returning({ id: tasks.id });
    return hidden.length === 1 ? ok(undefined) : err({ code: "not_found", what: "task" });
  }

  /** Finds a task by its share token. One read. */
  async findShared(product: string, token: string): Promise<Result<Task, Failure<"not_found">>> {
    const [row] = await this.deps.db
      .select()
      .from(tasks)
      .where(and(eq(tasks.shareToken, token), eq(tasks.product, product), isNull(tasks.deletedAt)));
    return row ? ok(toTask(row)) : err({ code: "not_found", what: "share" });
  }

  /**
   * Runs every minute. Sends the runner a message for each overdue task: its message was lost, its consumer crashed,
   * or its clean-up is due.
   */
  async sweep(): Promise<void> {
    const due = await this.deps.db
      .select({ id: tasks.id })
      .from(tasks)
      .where(lte(tasks.wakeAt, this.deps.clock()))
      .orderBy(tasks.wakeAt)
      .limit(SWEEP_TASKS);
    if (due.length > 0) await this.deps.wake(due.map(({ id }) => id));
  }

  private async wake(id: string): Promise<void> {
    try {
      await this.deps.wake([id]);
    } catch (error) {
      // The row is stored, so `sweep` sends the message again within two minutes.
      this.deps.report("generation.wake_failed", { task: id, detail: String(error) });
    }
  }

  private endByOwner(id: string, options: Parameters<typeof endWithRefund>[5]) {
    const { db, clock } = this.deps;
    const run: Run = (statements) => transaction(db, statements);
    return endWithRefund(db, run, id, { state: "CANCELLED" }, clock(), options);
  }

  private owned(userId: number, product: string, id: string) {
    return and(
      eq(tasks.id, id),
      eq(tasks.userId, userId),
      eq(tasks.product, product),
      isNull(tasks.deletedAt),
    );
  }
}
