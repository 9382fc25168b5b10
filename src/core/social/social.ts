import { type SQL, sql } from "drizzle-orm";
import type { Clock } from "../../lib/clock.ts";
import type { Failure } from "../../lib/domain-error.ts";
import { userIdOf } from "../../lib/ids.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import type { Database } from "../../platform/db/client.ts";
import { follows } from "../../platform/db/schema/social.ts";
import { transaction } from "../../platform/db/transaction.ts";
import type { Environment } from "../access/index.ts";
import type { User } from "../identity/index.ts";
import type { Outbox } from "../webhooks/index.ts";

/** The public profile of an account. Times are ms UTC. */
export interface Profile {
  readonly id: number;
  readonly uuid: string;
  readonly username: string;
  readonly fullName: string;
  readonly avatarKey: string | null;
  readonly createdAt: number;
  readonly followers: number;
  readonly following: number;
  readonly tracks: number;
  readonly plays: number;
  /** Whether the viewer follows this account. */
  readonly isFollowed: boolean;
}

export interface ProfilePage {
  readonly profiles: readonly Profile[];
  readonly total: number;
}

interface Row {
  id: number;
  uuid: string;
  username: string;
  full_name: string;
  avatar_key: string | null;
  created_at: number;
  followers: number;
  following: number;
  tracks: number;
  plays: number;
  is_followed: number;
}

const toProfile = (row: Row): Profile => ({
  id: row.id,
  uuid: row.uuid,
  username: row.username,
  fullName: row.full_name,
  avatarKey: row.avatar_key,
  createdAt: row.created_at,
  followers: row.followers,
  following: row.following,
  tracks: row.tracks,
  plays: row.plays,
  isFollowed: row.is_followed === 1,
});

const columns = (environment: Environment, viewerId: number | undefined): SQL => sql`
  u.id, u.uuid, ifnull(u.display_name, u.username) AS username,
  coalesce(u.full_name, u.display_name, u.username) AS full_name, u.avatar_key, u.created_at,
  ifnull(s.followers, 0) AS followers, ifnull(s.following, 0) AS following, ifnull(s.tracks, 0) AS tracks,
  ifnull(s.plays, 0) AS plays,
  ${
    viewerId === undefined
      ? sql`0`
      : sql`EXISTS (SELECT 1 FROM follows AS mine WHERE mine.environment = ${environment}
          AND mine.follower_id = ${viewerId} AND mine.followee_id = u.id)`
  } AS is_followed`;

const rowsOf = (result: D1Result | undefined): Row[] => (result?.results ?? []) as Row[];
const notFound = () => err({ code: "not_found", what: "user" });

interface SocialDeps {
  readonly db: Database;
  readonly outbox: Outbox;
  /** Follows of the sandbox and of the live environment are separate. */
  readonly environment: Environment;
  readonly clock: Clock;
}

/**
 * Profiles and follows. Triggers maintain the counts, so that reading a profile takes one row besides that of the
 * account.
 */
export class Social {
  constructor(private readonly deps: SocialDeps) {}

  /** Returns the profile of an account with one database read. */
  async profile(uuid: string, viewerId: number | undefined): Promise<Result<Profile, Failure<"not_found">>> {
    const [result] = await transaction(this.deps.db, [this.profileQuery(sql`u.uuid = ${uuid}`, viewerId)]);
    const [row] = rowsOf(result);
    return row ? ok(toProfile(row)) : notFound();
  }

  /**
   * Follows an account; following it again changes nothing. A new follow writes a `user.followed` event for the followed
   * account in the same transaction. Returns the profile after it, in one round trip.
   */
  async follow(
    follower: Pick<User, "id" | "uuid" | "username" | "fullName">,
    uuid: string,
  ): Promise<Result<Profile, Failure<"invalid_request" | "not_found">>> {
    const { clock, environment, outbox } = this.deps;
    const now = clock();
    const followerId = follower.id;
    const followee = sql`(SELECT id FROM users WHERE uuid = ${uuid})`;
    const isNew = sql`${followee} IS NOT NULL AND ${followee} <> ${followerId}
      AND NOT EXISTS (SELECT 1 FROM follows WHERE environment = ${this.deps.environment}
        AND follower_id = ${followerId} AND followee_id = ${followee})`;
    const statements = [
      sql`INSERT INTO ${follows} (environment, follower_id, followee_id, created_at)
        SELECT ${this.deps.environment}, ${followerId}, u.id, ${now} FROM users AS u
        WHERE u.uuid = ${uuid} AND u.id <> ${followerId} ON CONFLICT DO NOTHING`,
      this.profileQuery(sql`u.uuid = ${uuid}`, followerId),
    ];
    const data = {
      follower: { id: userIdOf(follower.uuid), username: follower.username, name: follower.fullName },
      followee: { id: userIdOf(uuid) },
    };
    const results = await outbox.run(
      [{ type: "user.followed", userId: followee, environment, at: now, when: isNew, data }],
      statements,
    );
    const [row] = rowsOf(results.at(-1));
    if (!row) return notFound();
    if (row.id !== followerId) return ok(toProfile(row));
    return err({
      code: "invalid_request",
      issues: [{ path: "userId", message: "an account cannot follow itself" }],
    });
  }

  /** Ends a follow. If the account was not followed, nothing changes. */
  async unfollow(followerId: number, uuid: string): Promise<Result<Profile, Failure<"not_found">>> {
    const results = await transaction(this.deps.db, [
      sql`DELETE FROM ${follows} WHERE environment = ${this.deps.environment} AND follower_id = ${followerId}
        AND followee_id = (SELECT id FROM users WHERE uuid = ${uuid})`,
      this.profileQuery(sql`u.uuid = ${uuid}`, followerId),
    ]);
    const [row] = rowsOf(results.at(-1));
    return row ? ok(toProfile(row)) : notFound();
  }

  /** Returns a page of followers or followed accounts, newest first, with their number. One round trip. */
  async list(
    which: "followers" | "following",
    uuid: string,
    { page, limit }: { readonly page: number; readonly limit: number },
    viewerId: number | undefined,
  ): Promise<Result<ProfilePage, Failure<"not_found">>> {
    const [own, other] =
      which === "followers" ? [sql`followee_id`, sql`follower_id`] : [sql`follower_id`, sql`followee_id`];
    const [whose, listed] = await transaction(this.deps.db, [
      this.profileQuery(sql`u.uuid = ${uuid}`, undefined),
      // The inner query skips the rows before the page in the index, without reading accounts.
      sql`SELECT ${columns(this.deps.environment, viewerId)} FROM
        (SELECT f.created_at, f.${other} AS id FROM follows AS f
          WHERE f.environment = ${this.deps.environment} AND f.${own} = (SELECT id FROM users WHERE uuid = ${uuid})
          ORDER BY f.created_at DESC, f.${other} DESC LIMIT ${limit} OFFSET ${(page - 1) * limit}) AS page
        CROSS JOIN users AS u ON u.id = page.id
        LEFT JOIN profile_stats AS s ON s.user_id = u.id AND s.environment = ${this.deps.environment}
        ORDER BY page.created_at DESC, page.id DESC`,
    ]);
    const [row] = rowsOf(whose);
    return row ? ok({ profiles: rowsOf(listed).map(toProfile), total: row[which] }) : notFound();
  }

  private profileQuery(where: SQL, viewerId: number | undefined): SQL {
    return sql`SELECT ${columns(this.deps.environment, viewerId)} FROM users AS u
      LEFT JOIN profile_stats AS s ON s.user_id = u.id AND s.environment = ${this.deps.environment} WHERE ${where}`;
  }
}
