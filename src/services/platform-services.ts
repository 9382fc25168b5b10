import { IdempotencyKeys } from "../core/idempotency/index.ts";
import type { LimitStore, RateDecision, RateLimit } from "../core/limits/index.ts";
import { Outbox } from "../core/webhooks/index.ts";
import { systemClock } from "../lib/clock.ts";
import type { AccessLine } from "../platform/access-log.ts";
import type { Env } from "../platform/bindings.ts";
import { type Database, primary } from "../platform/db/client.ts";
import { missingMigration } from "../platform/db/migrations.ts";
import { errorFields, log } from "../platform/logger.ts";
import { MediaStore } from "../platform/media.ts";
import type { MediaSignatures } from "../platform/media-signatures.ts";
import type { Meter } from "../platform/meter.ts";
import type { Settings } from "../platform/settings.ts";
import { type Isolate, isolateOf } from "./isolate.ts";
import { wakeForDeliveries } from "./webhooks.ts";

/** A mail to one person, as text and as HTML. */
export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export interface SubscribeOptions {
  /** What the subscription can be ended by. */
  readonly tag?: string;
  /** The only key to be told of. */
  readonly key?: string;
  /** With a key: the version that is known already. */
  readonly after?: number;
}

/** What every product's services stand on: the bindings, each behind what it is used for. */
export class PlatformServices {
  protected readonly isolate: Isolate;

  constructor(
    protected readonly env: Env,
    protected readonly ctx: Pick<ExecutionContext, "waitUntil">,
    protected readonly meter: Meter,
  ) {
    this.isolate = isolateOf(env);
  }

  get settings(): Settings {
    return this.isolate.settings;
  }

  get mediaSignatures(): MediaSignatures {
    return this.isolate.mediaSignatures;
  }

  get db(): Database {
    return primary(this.env.DB, this.meter);
  }

  /** A WebSocket that is sent each change of a topic, not yet accepted. */
  async subscribe(topic: string, { tag, key, after }: SubscribeOptions = {}): Promise<WebSocket> {
    this.meter.durable++;
    const channel = this.env.PROGRESS.get(this.env.PROGRESS.idFromName(topic));
    const url = new URL("https://progress/");
    for (const [name, value] of Object.entries({ tag, key, after }))
      if (value !== undefined) url.searchParams.set(name, String(value));
    const { webSocket } = await channel.fetch(url.href, { headers: { upgrade: "websocket" } });
    if (!webSocket) throw new Error("the progress channel opened no socket");
    return webSocket;
  }

  /** The room of a meeting; its `fetch` takes the signaling socket. */
  roomOf(meetingId: number) {
    this.meter.durable++;
    return this.env.MEETING_ROOM.get(this.env.MEETING_ROOM.idFromName(`meeting:${meetingId}`));
  }

  /** The object of a new upload that may break off and go on, and the id it has for ever. */
  newResumableUpload() {
    const id = this.env.RESUMABLE_UPLOAD.newUniqueId();
    return { id: id.toString(), upload: this.resumableUploadOf(id) };
  }

  /** The object of an upload; undefined where the id is none that was ever given out. */
  resumableUpload(id: string) {
    try {
      return this.resumableUploadOf(this.env.RESUMABLE_UPLOAD.idFromString(id));
    } catch {
      return undefined;
    }
  }

  /** Runs transactions together with the events they are to tell webhooks of. */
  get outbox(): Outbox {
    return new Outbox(this.db, (ids) => this.wakeForDeliveries(ids));
  }

  get idempotencyKeys(): IdempotencyKeys {
    return new IdempotencyKeys(this.db, systemClock);
  }

  /** Reads objects of any kind. What is stored before its row goes through `looseObjects.store`. */
  get store(): MediaStore {
    return new MediaStore(this.env.MEDIA);
  }

  /** Lets work go on after the answer. What it throws is logged. */
  defer(name: string, work: Promise<unknown>): void {
    this.ctx.waitUntil(work.catch((error) => log("error", name, errorFields(error))));
  }

  async sendMail(mail: Mail): Promise<void> {
    await this.env.MAIL.send({ from: { email: this.settings.MAIL_FROM, name: "Ensemble" }, ...mail });
  }

  /** One call for all limits of a key. `key` is `<kind>:<value>`. */
  async takeFromLimits(key: string, limits: readonly RateLimit[]): Promise<RateDecision> {
    this.meter.durable++;
    return this.limiter(key).take(limits);
  }

  /** What is left of the limits of a key. Takes nothing. */
  async lookAtLimits(key: string, limits: readonly RateLimit[]): Promise<RateDecision> {
    this.meter.durable++;
    return this.limiter(key).look(limits);
  }

  /** Puts back what was taken for something that was refused. */
  giveBackToLimits(key: string, names: readonly string[]): void {
    this.defer("limits.give_back_failed", this.limiter(key).giveBack(names));
  }

  /** The same for core, which takes what it counts with as one object. */
  get limits(): LimitStore {
    return {
      consume: (key, limits) => this.takeFromLimits(key, limits),
      refund: (key, names) => this.giveBackToLimits(key, names),
      reset: (key, names) => this.resetLimits(key, names),
    };
  }

  async resetLimits(key: string, names?: readonly string[]): Promise<void> {
    this.meter.durable++;
    await this.limiter(key).reset(names);
  }

  logAccess(line: AccessLine, now: number): void {
    this.isolate.accessLog.add(line, now, this.ctx);
  }

  /**
   * Throws where a part of the platform does not answer. Gives the migration that the database misses, where it is behind
   * this version.
   */
  async probe(): Promise<{ readonly missingMigration: string | undefined }> {
    this.meter.d1++;
    this.meter.durable++;
    const [missing] = await Promise.all([
      missingMigration(this.env.DB),
      this.env.MEDIA.head("health"),
      this.limiter("health:probe").ping(),
    ]);
    return { missingMigration: missing };
  }

  /** The rows are there: the sweep finds what a lost message should have told of. */
  protected wakeForDeliveries(deliveryIds: readonly string[]): void {
    this.defer("webhooks.wake_failed", wakeForDeliveries(this.env, deliveryIds));
  }

  private resumableUploadOf(id: DurableObjectId) {
    this.meter.durable++;
    return this.env.RESUMABLE_UPLOAD.get(id);
  }

  private limiter(key: string) {
    return this.env.RATE_LIMITER.get(this.env.RATE_LIMITER.idFromName(key));
  }
}
