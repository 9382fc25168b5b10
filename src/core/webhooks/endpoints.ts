import { and, asc, desc, eq, isNull, ne, sql } from "drizzle-orm";
import { type Clock, HOUR_MS } from "../../lib/clock.ts";
import type { Failure } from "../../lib/domain-error.ts";
import { shortId } from "../../lib/ids.ts";
import { publicUrl } from "../../lib/public-url.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import type { Database } from "../../platform/db/client.ts";
import { webhookEndpoints } from "../../platform/db/schema/webhooks.ts";
import { transaction } from "../../platform/db/transaction.ts";
import type { Access } from "../access/index.ts";
import { isAccessOpen, type RequestCredential } from "../identity/index.ts";
import type { KeyVault } from "../secrets/index.ts";
import { isForApps } from "./events.ts";
import { APP_EVENT_TYPES, type EventType, MAX_ENDPOINTS } from "./facts.ts";
import { newSecret, validateSecret } from "./secrets.ts";
import { vaultOwnerOf } from "./sender.ts";

type Row = typeof webhookEndpoints.$inferSelect;

/**
 * The owner of endpoints: an account in an environment. An application (`clientId`) sees only its own endpoints.
 * No endpoint is created or changed if the access of the request (session, key or token) has ended meanwhile.
 */
export type EndpointOwner = { readonly userId: number } & Pick<Access, "environment"> & RequestCredential;

/** An endpoint as its owner sees it. Times are ms UTC. */
export interface Endpoint
  extends Pick<
    Row,
    "id" | "environment" | "clientId" | "url" | "disabledReason" | "failingSince" | "createdAt" | "updatedAt"
  > {
  readonly events: readonly EventType[];
  /** Until when the previous secret signs too, ms UTC; null if there is none. */
  readonly previousSecretUntil: number | null;
}

/** An endpoint with its secret. The secret is returned only once. */
export type EndpointWithSecret = Endpoint & { readonly secret: string };

export interface NewEndpoint {
  readonly url: string;
  readonly events: readonly EventType[];
  /** Default: a random one. */
  readonly secret?: string | undefined;
}

export interface EndpointChange {
  readonly url?: string | undefined;
  readonly events?: readonly EventType[] | undefined;
  readonly enabled?: boolean | undefined;
}

const notFound = () => err({ code: "not_found", what: "webhook" });
const invalid = (path: string, message: string) =>
  err({ code: "invalid_request", issues: [{ path, message }] });

const notForApps = () =>
  invalid("events", `an application may subscribe only to ${APP_EVENT_TYPES.join(", ")}`);

/** Removes duplicates and keeps the order. */
const unique = (events: readonly EventType[]): EventType[] => [...new Set(events)];

/** The webhook endpoints: the URLs to which developers have their events sent. */
export class WebhookEndpoints {
  constructor(
    private readonly db: Database,
    private readonly vault: KeyVault,
    /** Whether loopback URLs are allowed: in development only. */
    private readonly loopback: boolean,
    private readonly clock: Clock,
  ) {}

  /**
   * Creates an endpoint. The limit of MAX_ENDPOINTS holds for concurrent requests too. An application's endpoint is
   * deleted with the application's grant.
   */
  async create(
    owner: EndpointOwner,
    wanted: NewEndpoint,
  ): Promise<
    Result<
      EndpointWithSecret,
      Failure<"invalid_request" | "not_found" | "session_required" | "state_conflict">
    >
  > {
    const { userId, environment, clientId } = owner;
    if (clientId !== null && !wanted.events.every(isForApps)) return notForApps();
    const url = this.checkUrl(wanted.url);
    if (!url.ok) return url;
    const secret = this.checkSecret(wanted.secret);
    if (!secret.ok) return secret;
    const id = shortId("wh");
    const now = this.clock();
    const { cipher, keyId } = await this.vault.encrypt(vaultOwnerOf(id), secret.value);
    const events = JSON.stringify(unique(wanted.events));
    const [inserted, state] = await transaction(this.db, [
      sql`INSERT INTO ${webhookEndpoints}
          (id, user_id, environment, client_id, url, events, secret_cipher, secret_key_id, created_at, updated_at)
        SELECT ${id}, ${userId}, ${environment}, ${clientId}, ${url.value}, ${events}, ${cipher}, ${keyId}, ${now}, ${now}
        WHERE ${isAccessOpen(userId, owner)} AND (SELECT count(*) FROM ${webhookEndpoints} WHERE user_id = ${userId}
          AND environment = ${environment} AND client_id IS ${clientId}) < ${MAX_ENDPOINTS}`,
      sql`SELECT ${isAccessOpen(userId, owner)} AS isOpen`,
    ]);
    if (!inserted?.meta.changes)
      return (state?.results[0] as { isOpen: number } | undefined)?.isOpen === 1
        ? err({
            code: "state_conflict",
            what: "webhook",
            state: `over the limit of ${MAX_ENDPOINTS} per account and environment`,
          })
        : err({ code: "session_required" });
    const found = await this.find(owner, id);
    return found.ok ? ok({ ...found.value, secret: secret.value }) : found;
  }

  /** Lists the endpoints, latest first. */
  async list(owner: EndpointOwner): Promise<Endpoint[]> {
    const rows = await this.db
      .select()
      .from(webhookEndpoints)
      .where(visibleTo(owner))
      .orderBy(desc(webhookEndpoints.createdAt), asc(webhookEndpoints.id));
    return rows.map((row) => this.toEndpoint(row));
  }

  /** Returns an endpoint. An endpoint of another owner is not found. */
  async find(owner: EndpointOwner, id: string): Promise<Result<Endpoint, Failure<"not_found">>> {
    const [row] = await this.db.select().from(webhookEndpoints).where(owned(owner, id));
    return row ? ok(this.toEndpoint(row)) : notFound();
  }

  /** Changes the fields that are defined. Enabling an endpoint again resets its record of failures. */
  async update(
    owner: EndpointOwner,
    id: string,
    change: EndpointChange,
  ): Promise<Result<Endpoint, Failure<"invalid_request" | "not_found" | "session_required">>> {
    const url = change.url === undefined ? ok(undefined) : this.checkUrl(change.url);
    if (!url.ok) return url;
    const forAll = !change.events || change.events.every(isForApps);
    if (!forAll && owner.clientId !== null) return notForApps();
    const healthy = { failingSince: null, lastFailureAt: null, slowUntil: null };
    const [row] = await this.db
      .update(webhookEndpoints)
      .set({
        ...(url.value !== undefined && { url: url.value, ...healthy }),
        ...(change.events && { events: unique(change.events) }),
        ...(change.enabled === true && { disabledReason: null, ownerToldAt: null, ...healthy }),
        // An endpoint that is disabled already keeps its reason.
        ...(change.enabled === false && { disabledReason: sql`ifnull(disabled_reason, 'owner')` }),
        updatedAt: this.clock(),
      })
      // Also when the account itself makes the change, an application's endpoint gets only the events for
      // applications.
      .where(and(changeable(owner, id), forAll ? undefined : isNull(webhookEndpoints.clientId)))
      .returning();
    if (row) return ok(this.toEndpoint(row));
    const unchanged = await this.whyUnchanged(owner, id);
    return unchanged ?? notForApps();
  }

  /** Deletes an endpoint with its log. Pending deliveries are not sent any more. */
  async remove(owner: EndpointOwner, id: string): Promise<Result<void, Failure<"not_found">>> {
    const removed = await this.db
      .delete(webhookEndpoints)
      .where(owned(owner, id))
      .returning({ id: webhookEndpoints.id });
    return removed.length === 1 ? ok(undefined) : notFound();
  }

  /** Sets a new secret. The current secret still signs for `overlapHours`; an older one stops at once. */
  async rotate(
    owner: EndpointOwner,
    id: string,
    { secret: chosen, overlapHours }: { readonly secret?: string | undefined; readonly overlapHours: number },
  ): Promise<Result<EndpointWithSecret, Failure<"invalid_request" | "not_found" | "session_required">>> {
    const secret = this.checkSecret(chosen);
    if (!secret.ok) return secret;
    const now = this.clock();
    const { cipher, keyId } = await this.vault.encrypt(vaultOwnerOf(id), secret.value);
    const until = overlapHours === 0 ? null : now + overlapHours * HOUR_MS;
    const [row] = await this.db
      .update(webhookEndpoints)
      .set({
        secretCipher: cipher,
        secretKeyId: keyId,
        previousCipher: until === null ? null : sql`secret_cipher`,
        previousKeyId: until === null ? null : sql`secret_key_id`,
        previousUntil: until,
        updatedAt: now,
      })
      .where(changeable(owner, id))
      .returning();
    if (row) return ok({ ...this.toEndpoint(row), secret: secret.value });
    return (await this.whyUnchanged(owner, id)) ?? notFound();
  }

  /**
   * Re-encrypts secrets that were encrypted with an earlier vault key. Runs once a day, at most 1,000 rows per run.
   */
  async reencryptSecrets(): Promise<void> {
    const keyId = await this.vault.currentKeyId();
    const old = await this.db
      .select()
      .from(webhookEndpoints)
      .where(ne(webhookEndpoints.secretKeyId, keyId))
      .limit(1_000);
    for (const row of old) {
      const owner = vaultOwnerOf(row.id);
      const secret = await this.vault.decrypt(owner, { cipher: row.secretCipher, keyId: row.secretKeyId });
      if (secret === undefined) continue;
      const sealed = await this.vault.encrypt(owner, secret);
      // The condition keeps a secret that was rotated since it was read. The previous secret is not re-encrypted,
      // because it signs for a day at most.
      await this.db
        .update(webhookEndpoints)
        .set({ secretCipher: sealed.cipher, secretKeyId: sealed.keyId })
        .where(and(eq(webhookEndpoints.id, row.id), eq(webhookEndpoints.secretCipher, row.secretCipher)));
    }
  }

  /**
   * Explains why no row was changed: the access has ended, or there is no such endpoint. Undefined if it is neither.
   */
  private async whyUnchanged(owner: EndpointOwner, id: string) {
    const [access, endpoint] = await transaction(this.db, [
      sql`SELECT 1 WHERE ${isAccessOpen(owner.userId, owner)}`,
      sql`SELECT 1 FROM ${webhookEndpoints} WHERE ${owned(owner, id)}`,
    ]);
    if (!access?.results.length) return err({ code: "session_required" });
    return endpoint?.results.length ? undefined : notFound();
  }

  private toEndpoint(row: Row): Endpoint {
    const {
      id,
      environment,
      clientId,
      url,
      disabledReason,
      failingSince,
      createdAt,
      updatedAt,
      previousUntil,
    } = row;
    const isOverlapping = previousUntil !== null && previousUntil > this.clock();
    return {
      id,
      environment,
      clientId,
      url,
      events: row.events as readonly EventType[],
      disabledReason,
      failingSince,
      previousSecretUntil: isOverlapping ? previousUntil : null,
      createdAt,
      updatedAt,
    };
  }

  private checkUrl(text: string): Result<string, Failure<"invalid_request">> {
    const url = publicUrl(text, { loopback: this.loopback });
    return url && url.hash === ""
      ? ok(url.href)
      : invalid("url", "must be an https address of the open internet, without a fragment");
  }

  private checkSecret(chosen: string | undefined): Result<string, Failure<"invalid_request">> {
    const secret = chosen ?? newSecret();
    const problem = validateSecret(secret);
    return problem === undefined ? ok(secret) : invalid("secret", problem);
  }
}

const visibleTo = ({ userId, environment, clientId }: EndpointOwner) =>
  and(
    eq(webhookEndpoints.userId, userId),
    eq(webhookEndpoints.environment, environment),
    clientId === null ? undefined : eq(webhookEndpoints.clientId, clientId),
  );

const owned = (owner: EndpointOwner, id: string) => and(eq(webhookEndpoints.id, id), visibleTo(owner));

const changeable = (owner: EndpointOwner, id: string) =>
  and(owned(owner, id), isAccessOpen(owner.userId, owner));
