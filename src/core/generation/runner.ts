import { eq, type SQL, sql } from "drizzle-orm";
import { type Clock, MINUTE_MS, SECOND_MS } from "../../lib/clock.ts";
import type { Database } from "../../platform/db/client.ts";
import { tasks } from "../../platform/db/schema/generation.ts";
import type { MediaStore } from "../../platform/media.ts";
import { Lease } from "./lease.ts";
import type {
  CallContext,
  ProviderName,
  Refused,
  Unavailable,
  VideoProvider,
  VideoSpec,
} from "./providers/spec.ts";
import { storeMade, storeSource } from "./store-media.ts";
import { type Failure, isTerminal, mediaKeyOf, type TaskRow, thumbnailKeyOf, toTask } from "./task.ts";
import { claim, complete, endWithRefund, release, type StoredMedia } from "./transitions.ts";

/** Looks in a row that came to nothing before a task is given up. */
const MAX_ATTEMPTS = 10;
const FIRST_RETRY_SECONDS = 2;
const LONGEST_RETRY_SECONDS = 60;
/** One call to a provider. Downloads go on for as long as bytes come. */
const CALL_TIMEOUT_MS = 30 * SECOND_MS;
const DOWNLOAD_TIMEOUT_MS = 10 * MINUTE_MS;

/** Who is to make a task. */
export type ModelChoice =
  | {
      readonly kind: "model";
      readonly provider: ProviderName;
      readonly id: string;
      readonly vendorModel: string;
      readonly maxSeconds: number;
    }
  | { readonly kind: "unknown" }
  | { readonly kind: "unavailable" };

/** Keeps a provider that is down from being asked by everybody. */
export interface Breaker {
  readonly permit: () => Promise<{ readonly allowed: boolean; readonly retryAfterMs: number }>;
  readonly success: () => Promise<void>;
  readonly failure: () => Promise<void>;
}

export interface RunnerDependencies {
  readonly db: Database;
  readonly store: MediaStore;
  readonly clock: Clock;
  readonly choose: (requestedModel: string | null) => ModelChoice;
  readonly providerOf: (name: ProviderName) => VideoProvider | undefined;
  readonly breakerOf: (name: ProviderName) => Breaker;
  /** Sends a message that wakes somebody for the task. */
  readonly wake: (id: string, delaySeconds: number) => Promise<void>;
  /** Tells who watches. Never fails. */
  readonly publish: (row: TaskRow) => Promise<void>;
  readonly report: (event: string, fields: Record<string, string | number>) => void;
}

/**
 * Takes one step with a task each time it is woken. The row is the truth: it is claimed before anything is done, every
 * change of it is conditional on what it was, and what a dead consumer left behind is found again by the sweep.
 */
export class Runner {
  constructor(private readonly on: RunnerDependencies) {}

  async step(id: string): Promise<void> {
    const row = await claim(this.on.db, id, this.on.clock());
    if (!row) return this.tidy(id);
    const lease = new Lease(this.on.db, id, this.on.clock);
    try {
      if (row.attempts === 1 && row.providerJob === null) await this.on.publish(row);
      if (row.providerJob !== null) await this.poll(row, row.providerJob, lease);
      else if (row.attempts > MAX_ATTEMPTS) await this.fail(row, "provider_unavailable");
      else await this.start(row, lease);
    } catch (error) {
      // The message comes again; until it does nobody has to wait for the lease to run out.
      await release(this.on.db, id, sql`progress = progress`, this.on.clock(), this.on.clock());
      throw error;
    } finally {
      lease.end();
    }
  }

  /** Fails a task nobody managed to take a step with. */
  async giveUp(id: string): Promise<void> {
    const ended = await endWithRefund(
      this.on.db,
      id,
      { state: "FAILED", failure: "internal" },
      this.on.clock(),
    );
    if (ended) await this.on.publish(ended);
  }

  private async start(row: TaskRow, lease: Lease): Promise<void> {
    const provider = await this.takeProvider(row, lease);
    if (!provider) return;
    const task = toTask(row);
    const spec: VideoSpec = {
      taskId: row.id,
      model: provider.vendorModel,
      prompt: row.prompt,
      ...task.params,
    };
    const breaker = this.on.breakerOf(provider.adapter.name);
    const outcome = await provider.adapter.start(spec, this.callOf(row, lease, CALL_TIMEOUT_MS));
    switch (outcome.kind) {
      case "started": {
        await breaker.success();
        const job = sql`provider_job = ${outcome.job}, attempts = 0`;
        if (await this.sleep(row, job, provider.adapter.pollSeconds)) return;
        // It was cancelled while the provider was being asked.
        return provider.adapter.cancel(outcome.job, this.callOf(row, lease, CALL_TIMEOUT_MS));
      }
      case "made":
        await breaker.success();
        return this.finish(row, await storeMade(this.on.store, row.id, outcome.media));
      case "refused":
        await breaker.success();
        return this.refuse(row, outcome);
      case "unavailable":
        if (lease.lost) return this.abandon(row.id);
        await breaker.failure();
        if (outcome.delivered === "unknown") {
          this.tell("generation.unanswered", row, outcome.detail);
          return this.fail(row, "provider_unanswered");
        }
        return this.retry(row, outcome, sql`started_at = NULL`);
    }
  }

  /** Decides who makes it and writes that down before asking, so that a crash in between is seen for what it is. */
  private async takeProvider(
    row: TaskRow,
    lease: Lease,
  ): Promise<{ adapter: VideoProvider; vendorModel: string } | undefined> {
    const now = this.on.clock();
    if (now > row.deadlineAt) return void (await this.fail(row, "deadline"));
    const before = row.provider === null ? undefined : this.on.providerOf(row.provider as ProviderName);
    if (row.startedAt !== null && !before?.repeatable) {
      this.tell("generation.unanswered", row, "the step that asked did not end");
      return void (await this.fail(row, "provider_unanswered"));
    }
    const choice = this.on.choose(row.requestedModel);
    const adapter = choice.kind === "model" ? this.on.providerOf(choice.provider) : undefined;
    if (choice.kind !== "model" || !adapter) return void (await this.fail(row, "provider_unavailable"));
    const permit = await this.on.breakerOf(adapter.name).permit();
    if (!permit.allowed) {
      const seconds = Math.max(1, Math.ceil(permit.retryAfterMs / 1_000));
      // Waiting for a provider to recover is no attempt at it: only the deadline ends it.
      await this.sleep(row, sql`attempts = attempts - 1`, seconds);
      return undefined;
    }
    const taken = sql`started_at = ${now}, provider = ${adapter.name}, model = ${choice.id}`;
    return (await lease.renew(taken)) ? { adapter, vendorModel: choice.vendorModel } : undefined;
  }

  private async poll(row: TaskRow, job: string, lease: Lease): Promise<void> {
    const adapter = this.on.providerOf(row.provider as ProviderName);
    // Its credentials were taken away while it worked for us.
    if (!adapter) return this.fail(row, "provider_unavailable");
    const outcome = await adapter.poll(job, this.callOf(row, lease, CALL_TIMEOUT_MS));
    switch (outcome.kind) {
      case "running":
        // Only now: what is finished by the deadline counts as finished, however late somebody looked.
        if (this.on.clock() > row.deadlineAt) return this.failAndCancel(row, adapter, job, lease);
        await this.sleep(
          row,
          sql`attempts = 0, progress = max(progress, ${Math.min(99, Math.floor(outcome.progress ?? 0))})`,
          adapter.pollSeconds,
        );
        return;
      case "finished": {
        const stored = await storeSource(
          this.on.store,
          row.id,
          outcome.media,
          AbortSignal.any([lease.signal, AbortSignal.timeout(DOWNLOAD_TIMEOUT_MS)]),
        );
        if (stored.kind === "stored") return this.finish(row, stored.media);
        if (stored.kind === "refused") return this.refuse(row, stored);
        return this.retry(row, stored);
      }
      case "cancelled":
        return this.fail(row, "provider_failed");
      case "refused":
        return this.refuse(row, outcome);
      case "unavailable":
        if (this.on.clock() > row.deadlineAt) return this.failAndCancel(row, adapter, job, lease);
        return this.retry(row, outcome);
    }
  }

  private async finish(row: TaskRow, media: StoredMedia): Promise<void> {
    const completed = await complete(this.on.db, row.id, media, this.on.clock());
    if (completed) await this.on.publish(completed);
    else await this.abandon(row.id);
  }

  private async refuse(row: TaskRow, { reason, detail }: Refused): Promise<void> {
    this.tell("generation.refused", row, `${reason}: ${detail}`);
    await this.fail(row, reason === "provider_account" ? "provider_unavailable" : reason);
  }

  private async failAndCancel(
    row: TaskRow,
    adapter: VideoProvider,
    job: string,
    lease: Lease,
  ): Promise<void> {
    await this.fail(row, "deadline");
    await adapter.cancel(job, this.callOf(row, lease, CALL_TIMEOUT_MS));
  }

  private async fail(row: TaskRow, failure: Failure): Promise<void> {
    const ended = await endWithRefund(this.on.db, row.id, { state: "FAILED", failure }, this.on.clock());
    if (ended) await this.on.publish(ended);
    else await this.abandon(row.id);
  }

  /** Comes back later, each time a little later. */
  private async retry(row: TaskRow, { retryAfterSeconds, detail }: Unavailable, set?: SQL): Promise<void> {
    if (row.attempts >= MAX_ATTEMPTS) return this.fail(row, "provider_unavailable");
    this.tell("generation.retry", row, detail);
    const backoff = Math.min(LONGEST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2 ** (row.attempts - 1));
    await this.sleep(row, set ?? sql`progress = progress`, Math.max(backoff, retryAfterSeconds ?? 0));
  }

  /** Lets go of the task and has somebody woken for it. False where it was settled meanwhile. */
  private async sleep(row: TaskRow, set: SQL, seconds: number): Promise<boolean> {
    const now = this.on.clock();
    const released = await release(this.on.db, row.id, set, now + seconds * SECOND_MS, now);
    if (!released) {
      await this.abandon(row.id);
      return false;
    }
    if (released.progress !== row.progress) await this.on.publish(released);
    await this.on.wake(row.id, seconds);
    return true;
  }

  /** The task was settled while this step worked on it: nobody wants what the step made. */
  private async abandon(id: string): Promise<void> {
    const [row] = await this.on.db.select({ state: tasks.state }).from(tasks).where(eq(tasks.id, id));
    // Another consumer may have completed it with the same objects.
    if (row?.state !== "COMPLETED") await this.on.store.delete([mediaKeyOf(id), thumbnailKeyOf(id)]);
  }

  /** Clears away what a settled task left behind, at the provider and in the store. */
  private async tidy(id: string): Promise<void> {
    const { db, clock, store } = this.on;
    const [row] = await db.select().from(tasks).where(eq(tasks.id, id));
    if (!row || !isTerminal(row.state) || row.wakeAt === null) return;
    if (row.state !== "COMPLETED" && row.providerJob !== null) {
      const adapter = this.on.providerOf(row.provider as ProviderName);
      const signal = AbortSignal.timeout(CALL_TIMEOUT_MS);
      if (row.state === "CANCELLED")
        await adapter?.cancel(row.providerJob, { signal, report: async () => false });
      await db.update(tasks).set({ providerJob: null }).where(eq(tasks.id, id));
    }
    // A consumer that held it when it was settled may still be writing.
    if (row.wakeAt > clock() || row.claimedUntil > clock()) return;
    if (row.state !== "COMPLETED" || row.deletedAt !== null)
      await store.delete([mediaKeyOf(id), thumbnailKeyOf(id)]);
    if (row.deletedAt === null) await db.update(tasks).set({ wakeAt: null }).where(eq(tasks.id, id));
    else await db.delete(tasks).where(eq(tasks.id, id));
  }

  private callOf(row: TaskRow, lease: Lease, timeoutMs: number): CallContext {
    return {
      signal: AbortSignal.any([lease.signal, AbortSignal.timeout(timeoutMs)]),
      report: async (progress) => {
        const known = Math.max(row.progress, Math.min(99, Math.floor(progress)));
        const [, wanted] = await Promise.all([
          this.on.publish({ ...row, progress: known, updatedAt: this.on.clock() }),
          lease.keep(sql`progress = max(progress, ${known})`),
        ]);
        return wanted;
      },
    };
  }

  private tell(event: string, row: TaskRow, detail: string): void {
    this.on.report(event, { task: row.id, provider: row.provider ?? "", attempts: row.attempts, detail });
  }
}
