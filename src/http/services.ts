import type { ApiKeys, Environment, Usage } from "../core/access/index.ts";
import type { Generator, Inputs, Runner } from "../core/generation/index.ts";
import type { IdempotencyKeys } from "../core/idempotency/index.ts";
import type {
  AccessTokens,
  AccountSessions,
  Accounts,
  Administrator,
  AdminSessions,
  Avatars,
  CurrentPasswords,
  EmailAddresses,
  EndedAccess,
  Logins,
  PasswordResets,
} from "../core/identity/index.ts";
import type { OrphanedObjects, Uploads } from "../core/media/index.ts";
import type { OAuthClients, OAuthGrants, OAuthTokens } from "../core/oauth/index.ts";
import type { Orders, PaymentGateway, PaymentMethod } from "../core/payments/index.ts";
import type { ProviderConfig, ProviderDirectory } from "../core/providers/index.ts";
import type { Signer } from "../core/secrets/index.ts";
import type { Social } from "../core/social/index.ts";
import type {
  Outbox,
  WebhookDeliveries,
  WebhookEndpoints,
  WebhookMaintenance,
  WebhookSender,
} from "../core/webhooks/index.ts";
import type { AccessLine } from "../platform/access-log.ts";
import type { Database } from "../platform/db/client.ts";
import type { Mailer } from "../platform/mailer.ts";
import type { MediaStore } from "../platform/media.ts";
import type { MediaSignatures } from "../platform/media-signatures.ts";
import type { MeetingRooms } from "../platform/meeting-rooms.ts";
import type { ProgressChannels } from "../platform/progress-channels.ts";
import type { RateLimits } from "../platform/rate-limits.ts";
import type { ResumableUploads } from "../platform/resumable-uploads.ts";
import type { Settings } from "../platform/settings.ts";

/** What every product uses. */
export interface SharedServices {
  readonly settings: Settings;
  /** The primary database. */
  readonly db: Database;
  readonly limits: RateLimits;
  readonly mailer: Mailer;
  readonly idempotencyKeys: IdempotencyKeys;
  readonly progress: ProgressChannels;
  readonly resumableUploads: ResumableUploads;
  readonly rooms: MeetingRooms;
  readonly socialIn: (environment: Environment) => Social;
  /** Reads and writes objects in R2. To store an object before its row, use `orphanedObjects.store` instead. */
  readonly store: MediaStore;
  readonly mediaSignatures: MediaSignatures;
  readonly signer: Signer;
  /** Tracks orphaned objects: stored in R2, but without a database row. */
  readonly orphanedObjects: OrphanedObjects;
  /** Lets work continue after the answer was sent. Its errors are logged under `name`. */
  readonly defer: (name: string, work: Promise<unknown>) => void;
  readonly logAccess: (line: AccessLine, now: number) => void;
  /**
   * Checks that D1, R2 and Durable Objects answer, and throws if one does not. Returns the latest migration if the
   * database lacks it.
   */
  readonly probe: () => Promise<{ readonly missingMigration: string | undefined }>;
}

/** Accounts, sessions and what they may do. */
export interface IdentityServices {
  readonly accounts: Accounts;
  readonly accountSessions: AccountSessions;
  readonly accessTokens: AccessTokens;
  readonly administrator: Administrator;
  readonly adminSessions: AdminSessions;
  readonly avatars: Avatars;
  /** Verifies the current password again before operations that a stolen token alone must not allow. */
  readonly currentPasswords: CurrentPasswords;
  readonly emailAddresses: EmailAddresses;
  readonly endedAccess: EndedAccess;
  readonly logins: Logins;
  readonly passwordResets: PasswordResets;
}

/** Sora and Studio. */
export interface GenerationServices {
  readonly generator: Generator;
  readonly runner: Runner;
  readonly inputs: Inputs;
  readonly uploads: Uploads;
  readonly providers: ProviderDirectory;
  readonly providerConfig: ProviderConfig;
}

export interface PaymentServices {
  readonly orders: Orders;
  /** The gateways that have all their credentials. */
  readonly gateways: ReadonlyMap<PaymentMethod, PaymentGateway>;
}

/** Access of applications to an account. */
export interface AccessServices {
  readonly apiKeys: ApiKeys;
  readonly usage: Usage;
  readonly oauthClients: OAuthClients;
  readonly oauthGrants: OAuthGrants;
  readonly oauthTokens: OAuthTokens;
}

export interface WebhookServices {
  readonly outbox: Outbox;
  readonly webhookDeliveries: WebhookDeliveries;
  readonly webhookEndpoints: WebhookEndpoints;
  readonly webhookSender: WebhookSender;
  readonly webhookMaintenance: WebhookMaintenance;
}

/**
 * The services of one request, each constructed at its first use (`src/container.ts`). A product adds its own by
 * declaration merging, in its `services.ts`.
 */
export interface Services
  extends SharedServices,
    IdentityServices,
    AccessServices,
    WebhookServices,
    GenerationServices,
    PaymentServices {}
