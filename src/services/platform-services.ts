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

/** A mail to one recipient, as text and as HTML. */
export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export interface SubscribeOptions {
  /** A tag by which the subscription can be closed, such as a session id. */
  readonly tag?: string;
  /** Limits the subscription to the events of this key. */
  readonly key?: string;
  /** With a key: sends only events with a version above this one. */
  readonly after?: number;
}

/** The services that all products share, each over a binding of the Worker. */
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

  /** Subscribes to a topic. Returns a WebSocket that is not accepted yet and receives each change. */
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

  /** Returns the stub of a meeting's room; its `fetch` opens the signaling socket. */
  roomOf(meetingId: number) {
    this.meter.durable++;
    return this.env.MEETING_ROOM.get(this.env.MEETING_ROOM.idFromName(`meeting:${meetingId}`));
  }

  /** Creates the stub of a new resumable upload, with its permanent id. */
  newResumableUpload() {
    const id = this.env.RESUMABLE_UPLOAD.newUniqueId();
    return { id: id.toString(), upload: this.resumableUploadOf(id) };
  }

  /** Returns the stub of an upload; undefined where the id is not valid for this namespace. */
  resumableUpload(id: string) {
    try {
      return this.resumableUploadOf(this.env.RESUMABLE_UPLOAD.idFromString(id));
    } catch {
      return undefined;
    }
  }

  /** Runs transactions together with the webhook events that they cause. */
  get outbox(): Outbox {
    return new Outbox(this.db, (ids) => this.wakeForDeliveries(ids));
  }

  get idempotencyKeys(): IdempotencyKeys {
    return new IdempotencyKeys(this.db, systemClock);
  }

  /** Reads and writes objects in R2. To store an object before its row, use `looseObjects.store` instead. */
  get store(): MediaStore {
    return new MediaStore(this.env.MEDIA);
  }

  /** Lets work continue after the answer was sent. Its errors are logged under `name`. */
  defer(name: string, work: Promise<unknown>): void {
    this.ctx.waitUntil(work.catch((error) => log("error", name, errorFields(error))));
  }

  async sendMail(mail: Mail): Promise<void> {
    await this.env.MAIL.send({ from: { email: this.settings.MAIL_FROM, name: "Ensemble" }, ...mail });
  }

  /** Consumes one unit of each limit of a key in one call. The format of `key` is `<kind>:<value>`. */
  async takeFromLimits(key: string, limits: readonly RateLimit[]): Promise<RateDecision> {
    this.meter.durable++;
    return this.limiter(key).take(limits);
  }

  /** Returns the remaining quota of the limits of a key and consumes nothing. */
  async lookAtLimits(key: string, limits: readonly RateLimit[]): Promise<RateDecision> {
    this.meter.durable++;
    return this.limiter(key).look(limits);
  }

  /** Refunds one unit of each named limit, after the request that consumed it was refused. */
  giveBackToLimits(key: string, names: readonly string[]): void {
    this.defer("limits.give_back_failed", this.limiter(key).giveBack(names));
  }

  /** The rate limits as one object, for core classes. */
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
   * Checks that D1, R2 and Durable Objects answer, and throws if one does not. Returns the latest migration if the
   * database lacks it.
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

  /**
   * Sends the messages that make the queue consumer send deliveries. The webhook sweep finds the rows of lost
   * messages.
   */
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
