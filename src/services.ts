import { Assistant, Conversations } from "./core/assistant/index.ts";
import { AudioCatalog, type AudioLibrary, type AudioProcessor, Purchases } from "./core/audio/index.ts";
import {
  CodeDirectory,
  type ScanBatch,
  Verifier,
  type VerifierDependencies,
  VerifierMemory,
} from "./core/codes/index.ts";
import { type Access, ApiKeys, type Environment, UsageCounter, usageOf } from "./core/developer/index.ts";
import { type Generator, Inputs, type Runner } from "./core/generation/index.ts";
import { IdempotencyKeys } from "./core/idempotency/index.ts";
import {
  AccessTokens,
  AccountSessions,
  Accounts,
  Administrator,
  AdminSessions,
  Avatars,
  foldName,
  PasswordResets,
  type User,
} from "./core/identity/index.ts";
import { AddressBuckets, type RateDecision, type RateLimit } from "./core/limits/index.ts";
import { Uploads } from "./core/media/index.ts";
import { Attendance, MeetingFiles, Meetings } from "./core/meetings/index.ts";
import { OAuthClients, OAuthGrants, OAuthTokens } from "./core/oauth/index.ts";
import type { Orders, PaymentGateway, PaymentMethod } from "./core/payments/index.ts";
import { userTopic } from "./core/progress/index.ts";
import { KeyVault, ProviderConfig, ProviderConfigMemory } from "./core/provider-config/index.ts";
import { type Profile, Social } from "./core/social/index.ts";
import type { Speech } from "./core/speech/index.ts";
import { Square } from "./core/square/index.ts";
import {
  Outbox,
  type WebhookDeliveries,
  type WebhookEndpoints,
  type WebhookSender,
  type WebhookUpkeep,
} from "./core/webhooks/index.ts";
import { MINUTE_MS, systemClock } from "./lib/clock.ts";
import { userIdOf } from "./lib/ids.ts";
import { ok, type Result } from "./lib/result.ts";
import { hmacSha256Hex } from "./lib/secrets.ts";
import { type AccessLine, AccessLog } from "./platform/access-log.ts";
import type { Env } from "./platform/bindings.ts";
import { type Database, nearest, primary } from "./platform/db/client.ts";
import { plainJpeg, smallWebp, squareWebp } from "./platform/images.ts";
import { errorFields, log } from "./platform/logger.ts";
import { MediaStore } from "./platform/media.ts";
import { type Meter, newMeter } from "./platform/meter.ts";
import { type Settings, settingsOf } from "./platform/settings.ts";
import { buildAudioLibrary, buildAudioProcessor } from "./services/audio.ts";
import { buildGenerator, buildRunner } from "./services/generation.ts";
import { buildOrders, gatewaysOf } from "./services/payments.ts";
import { auditProviders, ProviderDirectory } from "./services/providers.ts";
import { buildSpeech } from "./services/speech.ts";
import {
  buildWebhookDeliveries,
  buildWebhookEndpoints,
  buildWebhookSender,
  buildWebhookUpkeep,
  wakeForDeliveries,
} from "./services/webhooks.ts";

/** Fixed by the MusicQR document: clients compute their key from it. */
const MUSICQR_API_SALT = "musicqr_api_salt_2024";

/** WebSocket close code: who comes back has to sign in. */
const SESSION_ENDED = 4_401;

/** The longer side of a thumbnail, and of a picture generation begins with: no provider takes more of it. */
const THUMBNAIL_PIXELS = 512;
const INPUT_PIXELS = 2_048;

/** A send takes 256 kB; a message of scans is at most 100 kB. */
const MESSAGES_A_SEND = 2;

/** What an isolate keeps between requests: caches and buffers, never the truth. */
interface Isolate {
  readonly settings: Settings;
  readonly verifier: VerifierMemory;
  readonly guesses: AddressBuckets;
  readonly accessLog: AccessLog;
  readonly accessTokens: AccessTokens;
  readonly administrator: Administrator;
  readonly providerConfig: ProviderConfigMemory;
  readonly vault: KeyVault;
  readonly usage: UsageCounter;
  apiKey?: string;
}

const isolates = new WeakMap<Env, Isolate>();

const isolateOf = (env: Env): Isolate => {
  let isolate = isolates.get(env);
  if (!isolate) {
    const settings = settingsOf(env);
    isolate = {
      settings,
      verifier: new VerifierMemory(),
      guesses: new AddressBuckets(settings.VERIFY_INVALID_LIMIT, MINUTE_MS),
      accessLog: new AccessLog(),
      accessTokens: new AccessTokens(
        { current: settings.JWT_SECRET, previous: settings.JWT_SECRET_PREVIOUS },
        systemClock,
      ),
      administrator: new Administrator({
        username: settings.ADMIN_USERNAME,
        password: settings.ADMIN_PASSWORD,
        tagSecret: settings.JWT_SECRET,
      }),
      providerConfig: new ProviderConfigMemory(),
      usage: new UsageCounter(),
      vault: new KeyVault(settings.CONFIG_KEY, settings.CONFIG_KEY_PREVIOUS),
    };
    isolates.set(env, isolate);
  }
  return isolate;
};

/** A mail to one person, as text and as HTML. */
export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** What the verifier asks of the platform. A class and not closures: one is made for every scan. */
class VerifierPorts implements VerifierDependencies {
  constructor(
    readonly memory: VerifierMemory,
    private readonly env: Env,
    private readonly ctx: Pick<ExecutionContext, "waitUntil">,
    private readonly meter: Meter,
  ) {}

  clock(): number {
    return Date.now();
  }

  nearest(): Database {
    return nearest(this.env.DB, this.meter);
  }

  primary(): Database {
    return primary(this.env.DB, this.meter);
  }

  async send(batches: readonly ScanBatch[]): Promise<void> {
    for (let i = 0; i < batches.length; i += MESSAGES_A_SEND) {
      const part = batches.slice(i, i + MESSAGES_A_SEND);
      await this.env.SCANS.sendBatch(part.map((body) => ({ body, contentType: "json" })));
    }
  }

  defer(work: Promise<unknown>): void {
    this.ctx.waitUntil(work);
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, ms));
  }

  report(event: string, fields: { readonly scans: number }): void {
    log("error", event, fields);
  }
}

/**
 * The services of one request, each made when it is first asked for: a request that is answered from memory builds
 * nothing that talks to storage.
 */
export class Services {
  private readonly isolate: Isolate;
  private madeVerifier: Verifier | undefined;

  constructor(
    private readonly env: Env,
    private readonly ctx: Pick<ExecutionContext, "waitUntil">,
    private readonly meter: Meter,
  ) {
    this.isolate = isolateOf(env);
  }

  get settings(): Settings {
    return this.isolate.settings;
  }

  get db(): Database {
    return primary(this.env.DB, this.meter);
  }

  get verifier(): Verifier {
    this.madeVerifier ??= new Verifier(
      new VerifierPorts(this.isolate.verifier, this.env, this.ctx, this.meter),
    );
    return this.madeVerifier;
  }

  get directory(): CodeDirectory {
    return new CodeDirectory(this.db, systemClock, (work) => this.ctx.waitUntil(work));
  }

  get administrator(): Administrator {
    return this.isolate.administrator;
  }

  get adminSessions(): AdminSessions {
    return new AdminSessions(this.db, this.administrator, systemClock);
  }

  get accessTokens(): AccessTokens {
    return this.isolate.accessTokens;
  }

  get accounts(): Accounts {
    return new Accounts(this.db, [this.administrator.username], systemClock, this.onSessionsEnded);
  }

  get accountSessions(): AccountSessions {
    return new AccountSessions(this.db, this.accessTokens, systemClock, this.onSessionsEnded);
  }

  /**
   * The account behind a name or address and its password. The administrator of the settings is one too; its sessions
   * carry the fingerprint of the password.
   */
  async verifyPassword(
    identifier: string,
    password: string,
  ): Promise<Result<{ user: User; credentialTag?: string }>> {
    if (foldName(identifier.trim()) !== this.administrator.username) {
      const verified = await this.accounts.verify(identifier, password);
      return verified.ok ? ok({ user: verified.value }) : verified;
    }
    const [verified] = await Promise.all([
      this.administrator.verify(identifier, password),
      // How long it takes does not say that this is the administrator's name.
      this.accounts.pretendToVerify(password),
    ]);
    if (!verified.ok) return verified;
    const user = await this.administrator.account(this.db, systemClock);
    return ok({ user, credentialTag: await this.administrator.tag() });
  }

  get passwordResets(): PasswordResets {
    return new PasswordResets(this.db, systemClock, this.onSessionsEnded);
  }

  get avatars(): Avatars {
    return new Avatars(this.accounts, this.store, (bytes, side) => squareWebp(this.env.IMAGES, bytes, side));
  }

  get generator(): Generator {
    return buildGenerator(this.generationParts);
  }

  get runner(): Runner {
    return buildRunner(this.generationParts);
  }

  /** Once a day: warns of models that are ending. */
  auditModels(now: number): Promise<void> {
    return auditProviders(this.env, this.settings, now);
  }

  get providerConfig(): ProviderConfig {
    return new ProviderConfig(
      this.db,
      this.isolate.providerConfig,
      this.isolate.vault,
      this.settings.ENVIRONMENT === "development",
      systemClock,
    );
  }

  /** Who makes and says things. */
  get providers(): ProviderDirectory {
    return new ProviderDirectory(this.env, this.settings, this.providerConfig);
  }

  get conversations(): Conversations {
    return new Conversations(this.db, systemClock);
  }

  get assistant(): Assistant {
    const { providers } = this;
    return new Assistant({
      conversations: this.conversations,
      voice: () => providers.voice(),
      defer: (name, work) => this.defer(name, work),
      report: (event, fields) => log("warn", event, fields),
    });
  }

  get orders(): Orders {
    return buildOrders(this.db, this.outbox, this.settings);
  }

  /** Undefined where its credentials are not set. */
  gatewayOf(method: PaymentMethod): PaymentGateway | undefined {
    return gatewaysOf(this.settings).get(method);
  }

  /** A WebSocket that is sent each change of a topic, not yet accepted. `tag` is what it can be ended by. */
  async subscribe(topic: string, tag?: string): Promise<WebSocket> {
    this.meter.durable++;
    const channel = this.env.PROGRESS.get(this.env.PROGRESS.idFromName(topic));
    const url = `https://progress/${tag === undefined ? "" : `?tag=${encodeURIComponent(tag)}`}`;
    const { webSocket } = await channel.fetch(url, { headers: { upgrade: "websocket" } });
    if (!webSocket) throw new Error("the progress channel opened no socket");
    return webSocket;
  }

  get meetings(): Meetings {
    return new Meetings({
      db: this.db,
      clock: systemClock,
      vault: this.isolate.vault,
    });
  }

  get attendance(): Attendance {
    return new Attendance({
      db: this.db,
      meetings: this.meetings,
      outbox: this.outbox,
      clock: systemClock,
      roomOf: (meetingId) => this.roomOf(meetingId),
    });
  }

  get meetingFiles(): MeetingFiles {
    return new MeetingFiles(this.db, this.store, this.meetings, systemClock);
  }

  get speech(): Speech {
    return buildSpeech(this.env, this.settings);
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

  get square(): Square {
    return new Square(this.db, systemClock);
  }

  get uploads(): Uploads {
    const makeSmall = (bytes: Uint8Array) => smallWebp(this.env.IMAGES, bytes, THUMBNAIL_PIXELS);
    return new Uploads(this.db, this.store, makeSmall, systemClock);
  }

  /** Pictures that generation begins with. */
  get inputs(): Inputs {
    return new Inputs(this.store, (bytes) => plainJpeg(this.env.IMAGES, bytes, INPUT_PIXELS));
  }

  get apiKeys(): ApiKeys {
    return new ApiKeys(this.db, systemClock);
  }

  get oauthClients(): OAuthClients {
    return new OAuthClients(this.db, systemClock);
  }

  get oauthGrants(): OAuthGrants {
    return new OAuthGrants(this.db, systemClock);
  }

  get oauthTokens(): OAuthTokens {
    return new OAuthTokens(this.db, systemClock);
  }

  get audioLibrary(): AudioLibrary {
    return buildAudioLibrary(this.audioParts);
  }

  get audioProcessor(): AudioProcessor {
    return buildAudioProcessor(this.audioParts);
  }

  get audioCatalog(): AudioCatalog {
    return new AudioCatalog(this.db);
  }

  get purchases(): Purchases {
    return new Purchases(this.db, this.outbox, systemClock);
  }

  /** Counts a call for its caller's figures. */
  countUsage(access: Access, failed: boolean): void {
    const later = (work: Promise<unknown>) => this.defer("usage.count_failed", work);
    this.isolate.usage.add(access, failed, Date.now(), later, () => primary(this.env.DB, newMeter()));
  }

  usageOf(userId: number, days: number): ReturnType<typeof usageOf> {
    return usageOf(this.db, userId, days, Date.now());
  }

  socialIn(environment: Environment): Social {
    return new Social(this.db, environment, systemClock);
  }

  /** Follows somebody, whose webhooks hear of it where it is new. */
  follow({ user, environment }: Access, uuid: string): Promise<Result<Profile>> {
    const { username, fullName: name } = user;
    const data = {
      follower: { id: userIdOf(user.uuid), username, name },
      followee: { id: userIdOf(uuid) },
    };
    const at = systemClock();
    return this.socialIn(environment).follow(user.id, uuid, (statements, when, userId) =>
      this.outbox.run([{ type: "user.followed", userId, environment, at, when, data }], statements),
    );
  }

  /** Runs transactions together with the events they are to tell webhooks of. */
  get outbox(): Outbox {
    return new Outbox(this.db, this.wakeForDeliveries);
  }

  get webhookEndpoints(): WebhookEndpoints {
    return buildWebhookEndpoints(this.webhookParts);
  }

  get webhookDeliveries(): WebhookDeliveries {
    return buildWebhookDeliveries(this.db, this.wakeForDeliveries);
  }

  get webhookSender(): WebhookSender {
    return buildWebhookSender(this.webhookParts);
  }

  get webhookUpkeep(): WebhookUpkeep {
    return buildWebhookUpkeep(this.webhookParts, (mail) => this.sendMail(mail));
  }

  get idempotencyKeys(): IdempotencyKeys {
    return new IdempotencyKeys(this.db, systemClock);
  }

  /** Objects of users and of generation. */
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

  /** Slows down who asks for codes that do not exist. */
  get guesses(): AddressBuckets {
    return this.isolate.guesses;
  }

  /** The key MusicQR clients derive from the shared secret. */
  async musicqrApiKey(): Promise<string> {
    this.isolate.apiKey ??= await hmacSha256Hex(this.settings.MUSICQR_SECRET_KEY, MUSICQR_API_SALT);
    return this.isolate.apiKey;
  }

  /** One call for all limits of a key. `key` is `<kind>:<value>`. */
  async takeFromLimits(key: string, limits: readonly RateLimit[]): Promise<RateDecision> {
    this.meter.durable++;
    return this.limiter(key).take(limits);
  }

  /** Puts back what was taken for something that was refused. */
  giveBackToLimits(key: string, names: readonly string[]): void {
    this.defer("limits.give_back_failed", this.limiter(key).giveBack(names));
  }

  async resetLimits(key: string): Promise<void> {
    this.meter.durable++;
    await this.limiter(key).reset();
  }

  logAccess(line: AccessLine, now: number): void {
    this.isolate.accessLog.add(line, now, this.ctx);
  }

  /** Throws where a part of the platform does not answer. */
  async probe(): Promise<void> {
    this.meter.d1++;
    this.meter.durable++;
    await Promise.all([
      this.env.DB.prepare("SELECT 1").first(),
      this.env.MEDIA.head("health"),
      this.limiter("health:probe").ping(),
    ]);
  }

  /** Sockets that were opened with a session end with it. */
  private readonly onSessionsEnded = (userId: number, sessionId?: string): void => {
    this.meter.durable++;
    const channel = this.env.PROGRESS.get(this.env.PROGRESS.idFromName(userTopic(userId)));
    this.defer("sockets.end_failed", channel.end(SESSION_ENDED, "the session has ended", sessionId));
  };

  private get audioParts() {
    return { env: this.env, db: this.db, outbox: this.outbox };
  }

  /** The rows are there: the sweep finds what a lost message should have told of. */
  private readonly wakeForDeliveries = (deliveryIds: readonly string[]): void =>
    this.defer("webhooks.wake_failed", wakeForDeliveries(this.env, deliveryIds));

  private get webhookParts() {
    const { env, settings, db } = this;
    return { env, settings, db, vault: this.isolate.vault };
  }

  private get generationParts() {
    const { env, providers, db, outbox, meter } = this;
    return { env, providers, db, outbox, meter };
  }

  private resumableUploadOf(id: DurableObjectId) {
    this.meter.durable++;
    return this.env.RESUMABLE_UPLOAD.get(id);
  }

  private limiter(key: string) {
    return this.env.RATE_LIMITER.get(this.env.RATE_LIMITER.idFromName(key));
  }
}
