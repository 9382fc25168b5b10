import { Assistant, Conversations } from "./core/assistant/index.ts";
import { AudioCatalog, type AudioLibrary, type AudioProcessor, Purchases } from "./core/audio/index.ts";
import { CodeDirectory, Verifier } from "./core/codes/index.ts";
import { type Access, ApiKeys, type Environment, usageOf } from "./core/developer/index.ts";
import { type Generator, Inputs, type Runner } from "./core/generation/index.ts";
import {
  type AccessTokens,
  AccountSessions,
  Accounts,
  type Administrator,
  AdminSessions,
  Avatars,
  CurrentPasswords,
  EmailAddresses,
  EndedAccess,
  Logins,
  PasswordResets,
} from "./core/identity/index.ts";
import type { AddressBuckets } from "./core/limits/index.ts";
import { LooseObjects, Uploads } from "./core/media/index.ts";
import { Attendance, MeetingFiles, Meetings, PasswordGuesses } from "./core/meetings/index.ts";
import { OAuthClients, OAuthGrants, OAuthTokens } from "./core/oauth/index.ts";
import type { Orders, PaymentGateway, PaymentMethod } from "./core/payments/index.ts";
import { userTopic } from "./core/progress/index.ts";
import { ProviderConfig } from "./core/provider-config/index.ts";
import { type Profile, Social } from "./core/social/index.ts";
import type { Speech } from "./core/speech/index.ts";
import { Square } from "./core/square/index.ts";
import type {
  WebhookDeliveries,
  WebhookEndpoints,
  WebhookSender,
  WebhookUpkeep,
} from "./core/webhooks/index.ts";
import { systemClock } from "./lib/clock.ts";
import type { Failure } from "./lib/domain-error.ts";
import { userIdOf } from "./lib/ids.ts";
import type { Result } from "./lib/result.ts";
import { hmacSha256Hex } from "./lib/secrets.ts";
import { primary } from "./platform/db/client.ts";
import { plainJpeg, smallWebp, squareWebp } from "./platform/images.ts";
import { log } from "./platform/logger.ts";
import { newMeter } from "./platform/meter.ts";
import { buildAudioLibrary, buildAudioProcessor } from "./services/audio.ts";
import { buildGenerator, buildRunner } from "./services/generation.ts";
import { buildOrders, gatewaysOf } from "./services/payments.ts";
import { PlatformServices } from "./services/platform-services.ts";
import { auditProviders, ProviderDirectory } from "./services/providers.ts";
import { buildSpeech } from "./services/speech.ts";
import { VerifierPorts } from "./services/verifier-ports.ts";
import {
  buildWebhookDeliveries,
  buildWebhookEndpoints,
  buildWebhookSender,
  buildWebhookUpkeep,
} from "./services/webhooks.ts";

export type { Mail } from "./services/platform-services.ts";

/** The salt of the MusicQR document, from which clients compute their API key. */
const MUSICQR_API_SALT = "musicqr_api_salt_2024";

/** WebSocket close code: the client must sign in before it reconnects. */
const SESSION_ENDED = 4_401;

/** The longer side of a thumbnail. */
const THUMBNAIL_PIXELS = 512;
/** The longer side of an input picture for generation; no provider uses a larger one. */
const INPUT_PIXELS = 2_048;

/**
 * The services of one request. Each is constructed on first use, so that a request that is answered from memory
 * constructs nothing that accesses storage.
 */
export class Services extends PlatformServices {
  private madeVerifier: Verifier | undefined;

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
    const { db, currentPasswords } = this;
    const reserved = [this.administrator.username];
    return new Accounts(db, reserved, systemClock, this.onSessionsEnded, currentPasswords);
  }

  /** Verifies the current password again before operations that a stolen token alone must not allow. */
  get currentPasswords(): CurrentPasswords {
    const { db, administrator, limits } = this;
    return new CurrentPasswords({ db, administrator, limits, clock: systemClock });
  }

  get accountSessions(): AccountSessions {
    return new AccountSessions(this.db, this.accessTokens, systemClock, this.onSessionsEnded);
  }

  get logins(): Logins {
    const { db, administrator, limits } = this;
    return new Logins({ db, administrator, limits, clock: systemClock });
  }

  get endedAccess(): EndedAccess {
    return new EndedAccess({
      db: this.db,
      clock: systemClock,
      closeSockets: async (userId, sessionIds) => {
        this.meter.durable++;
        const channel = this.env.PROGRESS.get(this.env.PROGRESS.idFromName(userTopic(userId)));
        await channel.end(SESSION_ENDED, "the session has ended", sessionIds);
      },
      closeSeat: async (userId, meetingId, visit) =>
        this.roomOf(meetingId).dismiss(userId, { reason: "signed_out", visit }),
    });
  }

  get emailAddresses(): EmailAddresses {
    return new EmailAddresses({ db: this.db, clock: systemClock });
  }

  get passwordResets(): PasswordResets {
    return new PasswordResets(this.db, systemClock, this.onSessionsEnded);
  }

  get avatars(): Avatars {
    return new Avatars(this.accounts, this.looseObjects.store, (bytes, side) =>
      squareWebp(this.env.IMAGES, bytes, side),
    );
  }

  get generator(): Generator {
    return buildGenerator(this.generationParts);
  }

  get runner(): Runner {
    return buildRunner(this.generationParts);
  }

  /** Compares the model registry with the vendors' lists and logs warnings. Runs once a day. */
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

  /** The providers of generation and of the assistant. */
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

  /** Returns the gateway of a payment method; undefined where its credentials are not set. */
  gatewayOf(method: PaymentMethod): PaymentGateway | undefined {
    return gatewaysOf(this.settings).get(method);
  }

  get meetings(): Meetings {
    return new Meetings({
      db: this.db,
      clock: systemClock,
      vault: this.isolate.vault,
    });
  }

  get attendance(): Attendance {
    const take: PlatformServices["takeFromLimits"] = (key, limits) => this.takeFromLimits(key, limits);
    return new Attendance({
      db: this.db,
      meetings: this.meetings,
      guesses: new PasswordGuesses(this.isolate.closedMeetings, take, systemClock),
      outbox: this.outbox,
      clock: systemClock,
      roomOf: (meetingId) => this.roomOf(meetingId),
    });
  }

  get meetingFiles(): MeetingFiles {
    return new MeetingFiles(
      this.db,
      this.looseObjects.store,
      this.meetings,
      systemClock,
      (meetingId, notice) => this.defer("meeting.notice_failed", this.roomOf(meetingId).announce(notice)),
    );
  }

  get speech(): Speech {
    return buildSpeech(this.env, this.settings);
  }

  get square(): Square {
    return new Square(this.db, systemClock);
  }

  get uploads(): Uploads {
    const makeSmall = (bytes: Uint8Array) => smallWebp(this.env.IMAGES, bytes, THUMBNAIL_PIXELS);
    return new Uploads(this.db, this.looseObjects.store, makeSmall, systemClock);
  }

  /** Tracks orphaned objects: stored in R2, but without a database row. */
  get looseObjects(): LooseObjects {
    return new LooseObjects(this.db, this.env.MEDIA, systemClock);
  }

  /** The input pictures of generation. */
  get inputs(): Inputs {
    return new Inputs(this.looseObjects.store, (bytes) => plainJpeg(this.env.IMAGES, bytes, INPUT_PIXELS));
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

  /** Counts a call in the usage statistics of its account. */
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

  /** Follows an account. A new follow sends a `user.followed` event to the followed account's webhooks. */
  follow(
    { user, environment }: Access,
    uuid: string,
  ): Promise<Result<Profile, Failure<"invalid_request" | "not_found">>> {
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

  get webhookEndpoints(): WebhookEndpoints {
    return buildWebhookEndpoints(this.webhookParts);
  }

  get webhookDeliveries(): WebhookDeliveries {
    return buildWebhookDeliveries(this.db, (ids) => this.wakeForDeliveries(ids));
  }

  get webhookSender(): WebhookSender {
    return buildWebhookSender(this.webhookParts);
  }

  get webhookUpkeep(): WebhookUpkeep {
    return buildWebhookUpkeep(this.webhookParts, (mail) => this.sendMail(mail));
  }

  /** Limits requests for unknown codes by network address, to slow down guessing. */
  get guesses(): AddressBuckets {
    return this.isolate.guesses;
  }

  /** Returns the API key that MusicQR clients derive from the shared secret. */
  async musicqrApiKey(): Promise<string> {
    this.isolate.apiKey ??= await hmacSha256Hex(this.settings.MUSICQR_SECRET_KEY, MUSICQR_API_SALT);
    return this.isolate.apiKey;
  }

  /** Closes the sockets that were opened with a session when the session ends. */
  private readonly onSessionsEnded = (userId: number): void =>
    this.defer("access.signal_failed", this.endedAccess.signal(userId));

  private get audioParts() {
    const { env, db, outbox } = this;
    return { env, db, outbox, store: this.looseObjects.store };
  }

  private get webhookParts() {
    const { env, settings, db } = this;
    return { env, settings, db, vault: this.isolate.vault };
  }

  private get generationParts() {
    const { env, providers, db, outbox, meter } = this;
    return { env, providers, db, outbox, meter };
  }
}
