import { eq, sql } from "drizzle-orm";
import { type Clock, MINUTE_MS, SECOND_MS } from "../../lib/clock.ts";
import type { Database } from "../../platform/db/client.ts";
import { tasks } from "../../platform/db/schema/generation.ts";
import type { MediaStore } from "../../platform/media.ts";
import type {
  CallContext,
  GeneratedMedia,
  ImageProvider,
  InputImage,
  ProviderName,
  Refused,
  StartOutcome,
  Unavailable,
  VideoProvider,
} from "../providers/index.ts";
import { CALL_TIMEOUT_MS, withStyle } from "../providers/index.ts";
import type { Outbox } from "../webhooks/index.ts";
import { type ChooseModel, type ChosenModel, chosenFor } from "./chosen-model.ts";
import { abandon, cleanUp } from "./clean-up.ts";
import { Lease } from "./lease.ts";
import { completeWithEvent, failWithEvent } from "./settle.ts";
import { downloadVideo, type MakeThumbnail, storeImages, storeVideo } from "./store-media.ts";
import { type Failure, inputKeyOf, type TaskRow, toTask } from "./task.ts";
import { claim, release, type StoredMedia, type TaskChange } from "./transitions.ts";

/** A task fails after this many consecutive steps without a result. */
const MAX_ATTEMPTS = 10;
/** Maximum number of downloads of finished media that arrive empty, truncated or of a wrong type. */
const MAX_FETCHES = 3;
const FIRST_RETRY_SECONDS = 2;
const LONGEST_RETRY_SECONDS = 60;
/** Limit of a call that generates images and returns them in its response. */
const MAKE_TIMEOUT_MS = 4 * MINUTE_MS;
const DOWNLOAD_TIMEOUT_MS = 10 * MINUTE_MS;

/** Circuit breaker: while a provider is down, it stops the calls of all consumers to that provider. */
export interface Breaker {
  readonly permit: () => Promise<{ readonly allowed: boolean; readonly retryAfterMs: number }>;
  readonly success: () => Promise<void>;
  readonly failure: () => Promise<void>;
}

export interface RunnerDependencies {
  readonly db: Database;
  readonly outbox: Outbox;
  readonly store: MediaStore;
  readonly clock: Clock;
  /** Chooses the model of a task that was submitted before the model was stored in its row. */
  readonly choose: ChooseModel;
  readonly videoProviderOf: (name: ProviderName) => Promise<VideoProvider | undefined>;
  readonly imageProviderOf: (name: ProviderName) => Promise<ImageProvider | undefined>;
  readonly makeThumbnail: MakeThumbnail;
  readonly breakerOf: (name: ProviderName) => Breaker;
  /** Sends a delayed queue message for the next step of the task. */
  readonly wake: (id: string, delaySeconds: number) => Promise<void>;
  /** Publishes the state of the task to its watchers. Never rejects. */
  readonly publish: (row: TaskRow) => Promise<void>;
  readonly report: (event: string, fields: Record<string, string | number>) => void;
}

/** A provider together with the calls for one task. */
interface Maker {
  readonly name: ProviderName;
  readonly model: string;
  readonly pollSeconds: number;
  readonly start: () => Promise<StartOutcome>;
  readonly cancel: (job: string) => Promise<void>;
}

/**
 * Takes one step of a task for each queue message. The row is the source of truth: a step claims it first, every
 * update is conditional on its state, and `Generator.sweep` sends a new message for a task that a crashed consumer
 * left.
 */
export class Runner {
  constructor(private readonly deps: RunnerDependencies) {}

  async step(id: string): Promise<void> {
    const row = await claim(this.deps.db, id, this.deps.clock());
    if (!row) return cleanUp(this.deps, id);
    const lease = new Lease(this.deps.db, id, this.deps.clock);
    try {
      if (row.attempts === 1 && row.providerJob === null) await this.deps.publish(row);
      if (row.providerJob !== null) await this.poll(row, row.providerJob, lease);
      else if (row.attempts > MAX_ATTEMPTS) await this.fail(row, "provider_unavailable");
      else await this.start(row, lease);
    } catch (error) {
      // The queue redelivers the message. The next delivery can claim a released task without waiting for the lease.
      await release(this.deps.db, id, {}, this.deps.clock(), this.deps.clock());
      throw error;
    } finally {
      lease.end();
    }
  }

  /** Fails a task after the queue has used up all deliveries of its message. */
  async giveUp(id: string): Promise<void> {
    const [row] = await this.deps.db.select().from(tasks).where(eq(tasks.id, id));
    if (row) await this.fail(row, "internal");
  }

  private async start(claimed: TaskRow, lease: Lease): Promise<void> {
    const maker = await this.takeMaker(claimed, lease);
    if (!maker) return;
    const row: TaskRow = { ...claimed, provider: maker.name, model: maker.model };
    const breaker = this.deps.breakerOf(maker.name);
    const outcome = await maker.start();
    switch (outcome.kind) {
      case "started": {
        await breaker.success();
        const job = { providerJob: outcome.job, attempts: 0 };
        if (await this.releaseFor(row, job, maker.pollSeconds)) return;
        // The task was cancelled during the call, so the job that the call started is cancelled as well.
        return maker.cancel(outcome.job);
      }
      case "made":
        await breaker.success();
        return this.storeMade(row, outcome.media);
      case "refused":
        await breaker.success();
        return this.refuse(row, outcome);
      case "unavailable":
        if (lease.isSettled) return abandon(this.deps, row.id);
        await breaker.failure();
        if (outcome.delivered === "unknown") {
          this.report("generation.unanswered", row, outcome.detail);
          return this.fail(row, "provider_unanswered");
        }
        return this.retry(row, outcome, { startedAt: null });
    }
  }

  /**
   * Selects the provider and stores the start time before the provider is called, so that the next step can recognise
   * a crash during that call. Returns undefined if the task was failed, released or settled instead.
   */
  private async takeMaker(row: TaskRow, lease: Lease): Promise<Maker | undefined> {
    const now = this.deps.clock();
    if (now > row.deadlineAt) return void (await this.fail(row, "deadline"));
    if (row.startedAt !== null && !(await this.isRepeatable(row))) {
      this.report("generation.unanswered", row, "an earlier step called the provider and did not finish");
      return void (await this.fail(row, "provider_unanswered"));
    }
    const chosen = await chosenFor(row, this.deps.choose);
    const maker = chosen && (await this.makerOf(row, chosen, lease));
    // Price and model were fixed at submit. Without that provider the task fails and is refunded; no other one is
    // used.
    if (!chosen || !maker) return void (await this.fail(row, "provider_unavailable"));
    const permit = await this.deps.breakerOf(maker.name).permit();
    if (!permit.allowed) {
      const seconds = Math.max(1, Math.ceil(permit.retryAfterMs / 1_000));
      // Waiting for the circuit breaker does not count as an attempt: only the deadline ends it.
      await this.releaseFor(row, { attempts: sql`${tasks.attempts} - 1` }, seconds);
      return undefined;
    }
    const { id, provider, vendorModel } = chosen;
    const taken = { startedAt: now, provider, model: id, vendorModel };
    return (await lease.renew(taken)) ? maker : undefined;
  }

  private async isRepeatable({ kind, provider }: TaskRow): Promise<boolean> {
    if (provider === null) return false;
    const { videoProviderOf, imageProviderOf } = this.deps;
    const find = kind === "video" ? videoProviderOf : imageProviderOf;
    return (await find(provider as ProviderName))?.repeatable ?? false;
  }

  /** Builds the provider calls for a task; undefined if the provider has no credentials. */
  private async makerOf(row: TaskRow, model: ChosenModel, lease: Lease): Promise<Maker | undefined> {
    const task = toTask(row);
    const common = { taskId: row.id, model: model.vendorModel, prompt: row.prompt };
    const input = task.params.input && (await this.inputOf(row.id, task.params.input.mimeType));
    if (task.kind === "image") {
      const adapter = await this.deps.imageProviderOf(model.provider);
      const { input: _, strength = 1, ...params } = task.params;
      const spec = { ...common, ...params, ...(input && { input: { ...input, strength } }) };
      return (
        adapter && {
          name: model.provider,
          model: model.id,
          pollSeconds: 0,
          start: () => adapter.make(spec, this.callOf(row, lease, MAKE_TIMEOUT_MS)),
          cancel: async () => undefined,
        }
      );
    }
    const adapter = await this.deps.videoProviderOf(model.provider);
    const { input: _, style, ...params } = task.params;
    const spec = {
      ...common,
      ...params,
      prompt: withStyle(row.prompt, style),
      ...(input && { image: input }),
    };
    const context = () => this.callOf(row, lease, CALL_TIMEOUT_MS);
    return (
      adapter && {
        name: model.provider,
        model: model.id,
        pollSeconds: adapter.pollSeconds,
        start: () => adapter.start(spec, context()),
        cancel: (job) => adapter.cancel(job, context()),
      }
    );
  }

  private async inputOf(id: string, mimeType: string): Promise<InputImage> {
    const object = await this.deps.store.bucket.get(inputKeyOf(id));
    if (!object) throw new Error(`the input picture of task ${id} is missing`);
    return { bytes: new Uint8Array(await object.arrayBuffer()), mimeType };
  }

  private async poll(row: TaskRow, job: string, lease: Lease): Promise<void> {
    const adapter = await this.deps.videoProviderOf(row.provider as ProviderName);
    // The provider's credentials were removed while the job was running.
    if (!adapter) return this.fail(row, "provider_unavailable");
    const outcome = await adapter.poll(job, this.callOf(row, lease, CALL_TIMEOUT_MS));
    switch (outcome.kind) {
      case "running":
        // The deadline is checked after the poll: a job found finished counts, even if it was polled late.
        if (this.deps.clock() > row.deadlineAt) return this.failAndCancel(row, adapter, job, lease);
        await this.releaseFor(
          row,
          {
            attempts: 0,
            progress: sql`max(${tasks.progress}, ${Math.min(99, Math.floor(outcome.progress ?? 0))})`,
          },
          adapter.pollSeconds,
        );
        return;
      case "finished": {
        const stored = await downloadVideo(
          this.deps.store,
          row.id,
          outcome.media,
          AbortSignal.any([lease.signal, AbortSignal.timeout(DOWNLOAD_TIMEOUT_MS)]),
        );
        if (stored.kind === "stored") return this.finish(row, stored.media);
        if (stored.kind === "refused") return this.refuse(row, stored);
        if (stored.kind === "unavailable") return this.retry(row, stored);
        // A second download does not create a second job at the provider.
        return row.attempts < MAX_FETCHES
          ? this.retry(row, { kind: "unavailable", delivered: "no", detail: stored.detail })
          : this.refuse(row, { kind: "refused", reason: "provider_failed", detail: stored.detail });
      }
      case "cancelled":
        return this.fail(row, "provider_failed");
      case "refused":
        return this.refuse(row, outcome);
      case "unavailable":
        if (this.deps.clock() > row.deadlineAt) return this.failAndCancel(row, adapter, job, lease);
        return this.retry(row, outcome);
    }
  }

  /** Stores media that the provider returned in the response of the call. */
  private async storeMade(row: TaskRow, media: readonly GeneratedMedia[]): Promise<void> {
    const [first] = media;
    const stored =
      row.kind === "video" && first
        ? await storeVideo(this.deps.store, row.id, first)
        : await storeImages(this.deps.store, row.id, media, this.deps.makeThumbnail);
    return stored.kind === "stored" ? this.finish(row, stored.media) : this.refuse(row, stored);
  }

  private async finish(row: TaskRow, media: StoredMedia): Promise<void> {
    const completed = await completeWithEvent(this.deps, row, media, this.deps.clock());
    if (completed) await this.deps.publish(completed);
    else await abandon(this.deps, row.id);
  }

  private async refuse(row: TaskRow, { reason, detail }: Refused): Promise<void> {
    this.report("generation.refused", row, `${reason}: ${detail}`);
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
    const ended = await failWithEvent(this.deps, row, failure, this.deps.clock());
    if (ended) await this.deps.publish(ended);
    else await abandon(this.deps, row.id);
  }

  /** Releases the task for another attempt after an exponential backoff, or fails it after the last attempt. */
  private async retry(
    row: TaskRow,
    { retryAfterSeconds, detail }: Unavailable,
    change?: TaskChange,
  ): Promise<void> {
    if (row.attempts >= MAX_ATTEMPTS) return this.fail(row, "provider_unavailable");
    this.report("generation.retry", row, detail);
    const backoff = Math.min(LONGEST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2 ** (row.attempts - 1));
    await this.releaseFor(row, change ?? {}, Math.max(backoff, retryAfterSeconds ?? 0));
  }

  /**
   * Releases the task and sends the delayed message for its next step. Returns false if the task was settled
   * meanwhile.
   */
  private async releaseFor(row: TaskRow, change: TaskChange, seconds: number): Promise<boolean> {
    const now = this.deps.clock();
    const released = await release(this.deps.db, row.id, change, now + seconds * SECOND_MS, now);
    if (!released) {
      await abandon(this.deps, row.id);
      return false;
    }
    if (released.progress !== row.progress) await this.deps.publish(released);
    await this.deps.wake(row.id, seconds);
    return true;
  }

  private callOf(row: TaskRow, lease: Lease, timeoutMs: number): CallContext {
    return {
      signal: AbortSignal.any([lease.signal, AbortSignal.timeout(timeoutMs)]),
      report: async (progress) => {
        const known = Math.max(row.progress, Math.min(99, Math.floor(progress)));
        const [, wanted] = await Promise.all([
          this.deps.publish({ ...row, progress: known, updatedAt: this.deps.clock() }),
          lease.renewIfDue({ progress: sql`max(${tasks.progress}, ${known})` }),
        ]);
        return wanted;
      },
    };
  }

  private report(event: string, row: TaskRow, detail: string): void {
    this.deps.report(event, { task: row.id, provider: row.provider ?? "", attempts: row.attempts, detail });
  }
}
