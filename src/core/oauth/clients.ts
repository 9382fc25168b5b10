import { and, desc, eq, isNull, sql } from "drizzle-orm";
import type { Clock } from "../../lib/clock.ts";
import type { Failure, OAuthReason } from "../../lib/domain-error.ts";
import { randomToken, shortId } from "../../lib/ids.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import { equalSecrets, sha256Hex } from "../../lib/secrets.ts";
import type { Database } from "../../platform/db/client.ts";
import { users } from "../../platform/db/schema/identity.ts";
import { oauthClients, oauthCodes } from "../../platform/db/schema/oauth.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { isSessionOpen } from "../identity/index.ts";

/** The maximum number of applications per account. */
const MAX_CLIENTS = 100;

/** An application. Times are ms UTC. */
export interface OAuthClient {
  /** `client_…`, public. */
  readonly id: string;
  readonly ownerId: number;
  readonly name: string;
  readonly redirectUris: readonly string[];
  /**
   * Whether it runs where no secret is safe, such as in a browser or on a phone. It then has no secret and needs
   * PKCE.
   */
  readonly isPublic: boolean;
  /** While false, no account can authorize the application and none of its tokens works. */
  readonly isEnabled: boolean;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export type NewOAuthClient = Pick<OAuthClient, "name" | "redirectUris" | "isPublic">;

/** Undefined fields stay unchanged. */
export interface OAuthClientChange {
  readonly name?: string | undefined;
  readonly redirectUris?: string[] | undefined;
  readonly isEnabled?: boolean | undefined;
}

/** An application with its secret, which is shown only once; null for a public application. */
export type ClientWithSecret = OAuthClient & { readonly secret: string | null };

type Row = typeof oauthClients.$inferSelect;

const toClient = ({ secretHash, needsNewSecretSince: _, disabledAt, ...row }: Row): OAuthClient => ({
  ...row,
  isEnabled: disabledAt === null,
  isPublic: secretHash === null,
});

/** Returns an error with an `error` code and an `error_description` of RFC 6749. */
export const oauthError = (reason: OAuthReason, detail: string) =>
  err({ code: "oauth_refused", reason, detail });

const notFound = () => err({ code: "not_found", what: "app" });
const newSecret = (): string => `lcs_${randomToken()}`;

/** Manages the OAuth applications of developers. Only the digest of a secret is stored. */
export class OAuthClients {
  constructor(
    private readonly db: Database,
    private readonly clock: Clock,
  ) {}

  /** Registers an application. An account may have at most 100. */
  async register(
    ownerId: number,
    { name, redirectUris, isPublic }: NewOAuthClient,
    sessionId?: string,
  ): Promise<Result<ClientWithSecret, Failure<"session_required" | "state_conflict">>> {
    const now = this.clock();
    const secret = isPublic ? null : newSecret();
    const id = shortId("client");
    const [inserted, state] = await transaction(this.db, [
      sql`INSERT INTO ${oauthClients} (id, owner_id, name, secret_hash, redirect_uris, created_at, updated_at)
        SELECT ${id}, ${ownerId}, ${name}, ${secret && (await sha256Hex(secret))}, ${JSON.stringify(redirectUris)},
          ${now}, ${now}
        WHERE (SELECT count(*) FROM ${oauthClients} WHERE owner_id = ${ownerId}) < ${MAX_CLIENTS}
          AND ${isSessionOpen(ownerId, sessionId)}`,
      sql`SELECT ${isSessionOpen(ownerId, sessionId)} AS is_open`,
    ]);
    if (inserted?.meta.changes)
      return ok({
        ...{ id, ownerId, name, redirectUris, isPublic, isEnabled: true },
        ...{ createdAt: now, updatedAt: now, secret },
      });
    const [session] = (state?.results ?? []) as { is_open: number }[];
    return session?.is_open === 0
      ? err({ code: "session_required" })
      : err({ code: "state_conflict", what: "app", state: "ONE_OF_TOO_MANY" });
  }

  /** Lists the applications of an account, newest first. */
  async list(ownerId: number): Promise<OAuthClient[]> {
    const rows = await this.db
      .select()
      .from(oauthClients)
      .where(eq(oauthClients.ownerId, ownerId))
      .orderBy(desc(oauthClients.createdAt), desc(oauthClients.id))
      .limit(MAX_CLIENTS);
    return rows.map(toClient);
  }

  async get(ownerId: number, id: string): Promise<Result<OAuthClient, Failure<"not_found">>> {
    const [row] = await this.db.select().from(oauthClients).where(this.own(ownerId, id));
    return row ? ok(toClient(row)) : notFound();
  }

  /**
   * Changes an application; undefined fields stay unchanged. Fails if the caller's session has ended in the meantime.
   */
  async update(
    ownerId: number,
    id: string,
    { name, redirectUris, isEnabled }: OAuthClientChange,
    sessionId?: string,
  ): Promise<Result<OAuthClient, Failure<"not_found" | "session_required">>> {
    const now = this.clock();
    const [row] = await this.db
      .update(oauthClients)
      .set({
        name,
        redirectUris,
        // Disabling a disabled application keeps the time at which it was first disabled.
        disabledAt: isEnabled === undefined ? undefined : isEnabled ? null : sql`ifnull(disabled_at, ${now})`,
        updatedAt: now,
      })
      .where(and(this.own(ownerId, id), isSessionOpen(ownerId, sessionId)))
      .returning();
    return row ? ok(toClient(row)) : this.unchanged(ownerId, sessionId);
  }

  /** Replaces the secret. The previous secret becomes invalid at once; issued tokens stay valid. */
  async rotateSecret(
    ownerId: number,
    id: string,
    sessionId?: string,
  ): Promise<Result<ClientWithSecret, Failure<"not_found" | "session_required" | "state_conflict">>> {
    const found = await this.get(ownerId, id);
    if (!found.ok) return found;
    if (found.value.isPublic) return err({ code: "state_conflict", what: "app", state: "WITHOUT_A_SECRET" });
    const secret = newSecret();
    const [row] = await this.db
      .update(oauthClients)
      .set({ secretHash: await sha256Hex(secret), needsNewSecretSince: null, updatedAt: this.clock() })
      .where(and(this.own(ownerId, id), isSessionOpen(ownerId, sessionId)))
      .returning();
    return row ? ok({ ...toClient(row), secret }) : this.unchanged(ownerId, sessionId);
  }

  /** Removes an application with all its grants and tokens. */
  async remove(ownerId: number, id: string): Promise<Result<void, Failure<"not_found">>> {
    const [, removed] = await transaction(this.db, [
      sql`DELETE FROM ${oauthCodes}
        WHERE client_id = (SELECT id FROM ${oauthClients} WHERE id = ${id} AND owner_id = ${ownerId})`,
      sql`DELETE FROM ${oauthClients} WHERE id = ${id} AND owner_id = ${ownerId} RETURNING id`,
    ]);
    return removed?.results.length ? ok(undefined) : notFound();
  }

  /** Returns an enabled application and the name of its developer, for the consent page, with one database read. */
  async find(id: string): Promise<(OAuthClient & { readonly owner: string }) | undefined> {
    const [row] = await this.db
      .select({ client: oauthClients, name: users.username, displayName: users.displayName })
      .from(oauthClients)
      .innerJoin(users, eq(users.id, oauthClients.ownerId))
      .where(and(eq(oauthClients.id, id), isNull(oauthClients.disabledAt)));
    return row && { ...toClient(row.client), owner: row.displayName ?? row.name };
  }

  /** Authenticates an application by its id and secret, or by the id alone if it is public. */
  async authenticate(
    id: string,
    secret: string | undefined,
  ): Promise<Result<OAuthClient, Failure<"oauth_refused">>> {
    const [row] = await this.db.select().from(oauthClients).where(eq(oauthClients.id, id));
    const isRight =
      row?.disabledAt === null &&
      (row.secretHash === null
        ? secret === undefined
        : secret !== undefined && (await equalSecrets(await sha256Hex(secret), row.secretHash)));
    return isRight
      ? ok(toClient(row))
      : oauthError("invalid_client", "the application is unknown or disabled, or its secret is wrong");
  }

  /** Returns the reason why no row was changed: the session has ended, or there is no such application. */
  private async unchanged(ownerId: number, sessionId: string | undefined) {
    const [session] = await transaction(this.db, [sql`SELECT 1 WHERE ${isSessionOpen(ownerId, sessionId)}`]);
    return session?.results.length ? notFound() : err({ code: "session_required" });
  }

  private own(ownerId: number, id: string) {
    return and(eq(oauthClients.id, id), eq(oauthClients.ownerId, ownerId));
  }
}
