import { and, eq, gt, isNull } from "drizzle-orm";
import type { Clock } from "../../lib/clock.ts";
import type { Failure } from "../../lib/domain-error.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import { sha256Hex } from "../../lib/secrets.ts";
import type { Database } from "../../platform/db/client.ts";
import { users } from "../../platform/db/schema/identity.ts";
import { oauthClients, oauthGrants, oauthTokens } from "../../platform/db/schema/oauth.ts";
import { type Access, type Scope, storedScopes } from "../access/index.ts";
import { toUser, type User, userColumns } from "../identity/index.ts";
import { type OAuthClient, oauthError } from "./clients.ts";

const ACCESS_TOKEN = /^lso_[A-Za-z0-9_-]{43}$/;

/** The data of an active token that its application may see. Times are ms UTC. */
export interface TokenInfo {
  readonly kind: "access" | "refresh";
  readonly user: User;
  readonly scopes: readonly Scope[];
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** Finds and revokes the tokens of applications. Tokens are opaque, so revoking a grant ends them at once. */
export class OAuthTokens {
  constructor(
    private readonly db: Database,
    private readonly clock: Clock,
  ) {}

  /** Returns the account and the scopes of an access token with one database read. */
  async find(token: string): Promise<Result<Access, Failure<"session_required">>> {
    if (!ACCESS_TOKEN.test(token)) return err({ code: "session_required" });
    const now = this.clock();
    const [row] = await this.db
      .select({
        ...userColumns,
        clientId: oauthClients.id,
        ownerId: oauthClients.ownerId,
        scope: oauthTokens.scope,
      })
      .from(oauthTokens)
      .innerJoin(users, eq(users.id, oauthTokens.userId))
      .innerJoin(oauthClients, eq(oauthClients.id, oauthTokens.clientId))
      .where(
        and(
          eq(oauthTokens.tokenHash, await sha256Hex(token)),
          eq(oauthTokens.kind, "access"),
          isNull(oauthClients.disabledAt),
          gt(oauthTokens.expiresAt, now),
        ),
      );
    if (!row) return err({ code: "session_required" });
    const { clientId, ownerId: usageAccountId, scope } = row;
    return ok({
      user: toUser(row, now),
      environment: "live",
      scopes: storedScopes(scope),
      clientId,
      credential: clientId,
      usageAccountId,
    });
  }

  /** Returns the data of an active token of this application; undefined for every other token. */
  async introspect(client: OAuthClient, token: string): Promise<TokenInfo | undefined> {
    const now = this.clock();
    const [row] = await this.db
      .select({ token: oauthTokens, user: userColumns })
      .from(oauthTokens)
      .innerJoin(users, eq(users.id, oauthTokens.userId))
      .where(
        and(
          eq(oauthTokens.tokenHash, await sha256Hex(token)),
          eq(oauthTokens.clientId, client.id),
          gt(oauthTokens.expiresAt, now),
          isNull(oauthTokens.retiredAt),
        ),
      );
    if (!row) return undefined;
    const { kind, scope, createdAt, expiresAt } = row.token;
    return { kind, user: toUser(row.user, now), scopes: storedScopes(scope), createdAt, expiresAt };
  }

  /**
   * Ends an access token alone, or the whole grant of a refresh token. Succeeds for an unknown token (RFC 7009, 2.2).
   */
  async revoke(client: OAuthClient, token: string): Promise<Result<void, Failure<"oauth_refused">>> {
    const tokenHash = await sha256Hex(token);
    const [row] = await this.db.select().from(oauthTokens).where(eq(oauthTokens.tokenHash, tokenHash));
    if (!row) return ok(undefined);
    if (row.clientId !== client.id)
      return oauthError("invalid_grant", "the token was issued to another application");
    if (row.kind === "refresh" && row.grantId !== null)
      await this.db.delete(oauthGrants).where(eq(oauthGrants.id, row.grantId));
    else await this.db.delete(oauthTokens).where(eq(oauthTokens.tokenHash, tokenHash));
    return ok(undefined);
  }
}
