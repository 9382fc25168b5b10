import { type SQL, sql } from "drizzle-orm";
import { type Clock, DAY_MS } from "../../../../lib/clock.ts";
import type { Failure } from "../../../../lib/domain-error.ts";
import { err, ok, type Result } from "../../../../lib/result.ts";
import type { Database } from "../../../../platform/db/client.ts";
import { squareFirsts, squarePosts } from "../../../../platform/db/schema/square.ts";
import { transaction } from "../../../../platform/db/transaction.ts";

export type SquareKind = (typeof squarePosts.$inferSelect)["kind"];
export type Reaction = "like" | "favorite";

/** Only tasks of this product can be published. */
const PRODUCT = "studio";

const PRUNE_ROWS = 1_000;
/**
 * A guest's viewer key changes every day, so the rows of guests become useless. Those of signed-in users are kept.
 */
const GUEST_MS = DAY_MS;

/** A published work with the reactions of the viewer. Times are ms UTC. */
export interface SquarePost {
  readonly workId: string;
  readonly kind: SquareKind;
  readonly description: string;
  readonly mediaType: string;
  readonly hasThumbnail: boolean;
  readonly files: number;
  readonly publishedAt: number;
  readonly likes: number;
  readonly favorites: number;
  readonly plays: number;
  readonly reports: number;
  readonly isHidden: boolean;
  readonly liked: boolean;
  readonly favorited: boolean;
  readonly author: { readonly uuid: string; readonly username: string; readonly avatarKey: string | null };
}

/** Position of the last work of a page. The next page begins after it. */
export interface SquareCursor {
  /** Sort key of the work: its score (`hot`) or its publication time (`latest`). */
  readonly value: number;
  readonly workId: string;
}

export interface FeedFilter {
  readonly kind?: SquareKind | undefined;
  readonly order: "hot" | "latest";
  readonly limit: number;
  /** Start of the page: an offset, or the cursor of the previous page. */
  readonly from: { readonly offset: number } | { readonly after: SquareCursor };
}

export interface Feed {
  readonly posts: readonly SquarePost[];
  readonly total: number;
  readonly next: SquareCursor | undefined;
}

interface PostRow {
  work_id: string;
  kind: SquareKind;
  description: string;
  media_type: string;
  has_thumbnail: number;
  files: number;
  published_at: number;
  likes: number;
  favorites: number;
  plays: number;
  reports: number;
  score: number;
  hidden_at: number | null;
  liked: number;
  favorited: number;
  uuid: string;
  username: string;
  avatar_key: string | null;
}

const toPost = (row: PostRow): SquarePost => ({
  workId: row.work_id,
  kind: row.kind,
  description: row.description,
  mediaType: row.media_type,
  hasThumbnail: row.has_thumbnail === 1,
  files: row.files,
  publishedAt: row.published_at,
  likes: row.likes,
  favorites: row.favorites,
  plays: row.plays,
  reports: row.reports,
  isHidden: row.hidden_at !== null,
  liked: row.liked === 1,
  favorited: row.favorited === 1,
  author: { uuid: row.uuid, username: row.username, avatarKey: row.avatar_key },
});

const reacted = (kind: Reaction, viewerId: number | undefined): SQL =>
  viewerId === undefined
    ? sql`0`
    : sql`EXISTS (SELECT 1 FROM square_reactions AS r
        WHERE r.work_id = p.work_id AND r.kind = ${kind} AND r.user_id = ${viewerId})`;

/** Columns of a post and its author, as `toPost` reads them. */
const columns = (viewerId: number | undefined): SQL => sql`
  p.work_id, p.kind, p.description, p.media_type, p.has_thumbnail, p.files, p.published_at, p.likes, p.favorites,
  p.plays, p.reports, p.score, p.hidden_at, ${reacted("like", viewerId)} AS liked,
  ${reacted("favorite", viewerId)} AS favorited, u.uuid, ifnull(u.display_name, u.username) AS username, u.avatar_key`;

const notFound = () => err({ code: "not_found", what: "work" });

/**
 * The public square: published works with their reactions, plays and reports. Triggers maintain counts and scores.
 */
export class Square {
  constructor(
    private readonly db: Database,
    private readonly clock: Clock,
  ) {}

  /**
   * Publishes a completed work of the user. Publishing it again changes nothing. A work that was unpublished in
   * between keeps its first publication time, so that it does not become newer. One round trip.
   */
  async publish(
    userId: number,
    workId: string,
  ): Promise<Result<void, Failure<"not_found" | "state_conflict">>> {
    const first = sql`ifnull((SELECT published_at FROM ${squareFirsts} WHERE work_id = ${workId}), ${this.clock()})`;
    const own = sql`id = ${workId} AND user_id = ${userId} AND product = ${PRODUCT} AND deleted_at IS NULL`;
    const [, posts, works] = await transaction(this.db, [
      sql`INSERT INTO ${squarePosts}
        (work_id, user_id, kind, description, media_type, has_thumbnail, files, published_at, score)
        SELECT id, user_id, kind, ifnull(title, prompt), media_type, thumbnail_key IS NOT NULL,
          ifnull(json_array_length(images), 1), ${first}, ${first} / ${sql.raw(`${DAY_MS}.0`)}
        FROM tasks WHERE ${own} AND state = 'COMPLETED'
        ON CONFLICT DO NOTHING`,
      sql`SELECT hidden_at FROM ${squarePosts} WHERE work_id = ${workId} AND user_id = ${userId}`,
      sql`SELECT state FROM tasks WHERE ${own}`,
    ]);
    const [post] = (posts?.results ?? []) as { hidden_at: number | null }[];
    if (post)
      return post.hidden_at === null
        ? ok(undefined)
        : err({ code: "state_conflict", what: "work", state: "TAKEN_DOWN" });
    const [work] = (works?.results ?? []) as { state: string }[];
    return work ? err({ code: "state_conflict", what: "work", state: work.state }) : notFound();
  }

  /**
   * Removes a work from the square. Triggers delete its reactions and plays; its reports and first publication time
   * are kept. A work that an administrator took down keeps its row, so that its owner cannot publish it again.
   */
  async unpublish(userId: number, workId: string): Promise<Result<void, Failure<"not_found">>> {
    const [, works] = await transaction(this.db, [
      sql`DELETE FROM ${squarePosts} WHERE work_id = ${workId} AND user_id = ${userId} AND hidden_at IS NULL`,
      sql`SELECT 1 FROM tasks WHERE id = ${workId} AND user_id = ${userId} AND product = ${PRODUCT}
        AND deleted_at IS NULL`,
    ]);
    return works?.results.length === 1 ? ok(undefined) : notFound();
  }

  /**
   * Returns a page of the square in one round trip. With a cursor, the number of rows read does not grow with the
   * depth.
   */
  async feed(filter: FeedFilter, viewerId: number | undefined): Promise<Feed> {
    const { kind, order, limit, from } = filter;
    const by = order === "hot" ? sql`p.score` : sql`p.published_at`;
    const after =
      "after" in from ? sql`AND (${by}, p.work_id) < (${from.after.value}, ${from.after.workId})` : sql``;
    const offset = "offset" in from ? from.offset : 0;
    const [found, totals] = await transaction(this.db, [
      sql`SELECT ${columns(viewerId)} FROM square_posts AS p JOIN users AS u ON u.id = p.user_id
        WHERE p.hidden_at IS NULL ${kind ? sql`AND p.kind = ${kind}` : sql``} ${after}
        ORDER BY ${by} DESC, p.work_id DESC LIMIT ${limit + 1} OFFSET ${offset}`,
      sql`SELECT kind, count FROM square_totals`,
    ]);
    const rows = (found?.results ?? []) as unknown as PostRow[];
    const counts = (totals?.results ?? []) as { kind: SquareKind; count: number }[];
    const shown = rows.slice(0, limit);
    const last = rows.length > limit ? shown.at(-1) : undefined;
    return {
      posts: shown.map(toPost),
      total: counts
        .filter((one) => kind === undefined || one.kind === kind)
        .reduce((sum, one) => sum + one.count, 0),
      next: last && { value: order === "hot" ? last.score : last.published_at, workId: last.work_id },
    };
  }

  async find(
    workId: string,
    viewerId: number | undefined,
  ): Promise<Result<SquarePost, Failure<"not_found">>> {
    const [found] = await transaction(this.db, [
      sql`SELECT ${columns(viewerId)} FROM square_posts AS p JOIN users AS u ON u.id = p.user_id
        WHERE p.work_id = ${workId} AND p.hidden_at IS NULL`,
    ]);
    const [row] = (found?.results ?? []) as unknown as PostRow[];
    return row ? ok(toPost(row)) : notFound();
  }

  /** Returns a page of a user's favourites, the latest first, and the total count. */
  async favorites(
    userId: number,
    { page, limit }: { readonly page: number; readonly limit: number },
  ): Promise<{ posts: SquarePost[]; total: number }> {
    const mine = sql`FROM square_reactions AS f JOIN square_posts AS p ON p.work_id = f.work_id
      WHERE f.user_id = ${userId} AND f.kind = 'favorite' AND p.hidden_at IS NULL`;
    const [found, counted] = await transaction(this.db, [
      sql`SELECT ${columns(userId)} FROM square_reactions AS f
        JOIN square_posts AS p ON p.work_id = f.work_id JOIN users AS u ON u.id = p.user_id
        WHERE f.user_id = ${userId} AND f.kind = 'favorite' AND p.hidden_at IS NULL
        ORDER BY f.created_at DESC, f.work_id DESC LIMIT ${limit} OFFSET ${(page - 1) * limit}`,
      sql`SELECT count(*) AS total ${mine}`,
    ]);
    const [{ total } = { total: 0 }] = (counted?.results ?? []) as { total: number }[];
    return { posts: ((found?.results ?? []) as unknown as PostRow[]).map(toPost), total };
  }

  /**
   * Adds or removes a like or favourite of a user. Idempotent. Returns the new number of such reactions to the work.
   */
  async react(
    userId: number,
    workId: string,
    kind: Reaction,
    on: boolean,
  ): Promise<Result<number, Failure<"not_found">>> {
    const [, found] = await transaction(this.db, [
      on
        ? sql`INSERT INTO square_reactions (work_id, kind, user_id, created_at)
            SELECT work_id, ${kind}, ${userId}, ${this.clock()} FROM ${squarePosts}
            WHERE work_id = ${workId} AND hidden_at IS NULL ON CONFLICT DO NOTHING`
        : sql`DELETE FROM square_reactions
            WHERE work_id = ${workId} AND kind = ${kind} AND user_id = ${userId}`,
      sql`SELECT likes, favorites FROM ${squarePosts} WHERE work_id = ${workId} AND hidden_at IS NULL`,
    ]);
    const [counts] = (found?.results ?? []) as { likes: number; favorites: number }[];
    return counts ? ok(kind === "like" ? counts.likes : counts.favorites) : notFound();
  }

  /** Counts a play, once per viewer key. Returns the number of plays of the work. */
  async play(viewer: string, workId: string): Promise<Result<number, Failure<"not_found">>> {
    const [, found] = await transaction(this.db, [
      sql`INSERT INTO square_plays (work_id, viewer, at)
        SELECT work_id, ${viewer}, ${this.clock()} FROM ${squarePosts}
        WHERE work_id = ${workId} AND hidden_at IS NULL ON CONFLICT DO NOTHING`,
      sql`SELECT plays FROM ${squarePosts} WHERE work_id = ${workId} AND hidden_at IS NULL`,
    ]);
    const [counts] = (found?.results ?? []) as { plays: number }[];
    return counts ? ok(counts.plays) : notFound();
  }

  /** Reports a work to the administrators. Only the first report of a user for a work is stored. */
  async report(userId: number, workId: string, reason: string): Promise<Result<void, Failure<"not_found">>> {
    const [, found] = await transaction(this.db, [
      sql`INSERT INTO square_reports (work_id, user_id, reason, created_at)
        SELECT work_id, ${userId}, ${reason}, ${this.clock()} FROM ${squarePosts}
        WHERE work_id = ${workId} AND hidden_at IS NULL ON CONFLICT DO NOTHING`,
      sql`SELECT 1 FROM ${squarePosts} WHERE work_id = ${workId} AND hidden_at IS NULL`,
    ]);
    return found?.results.length === 1 ? ok(undefined) : notFound();
  }

  /**
   * For administrators: returns a page of reported works, the most reported first, each with its five latest reasons.
   */
  async reported({
    page,
    limit,
  }: {
    readonly page: number;
    readonly limit: number;
  }): Promise<{ post: SquarePost; reasons: string[] }[]> {
    const [found] = await transaction(this.db, [
      sql`SELECT ${columns(undefined)},
          (SELECT json_group_array(reason) FROM (SELECT reason FROM square_reports AS s
            WHERE s.work_id = p.work_id ORDER BY s.created_at DESC LIMIT 5)) AS reasons
        FROM square_posts AS p JOIN users AS u ON u.id = p.user_id WHERE p.reports > 0
        ORDER BY p.reports DESC, p.work_id DESC LIMIT ${limit} OFFSET ${(page - 1) * limit}`,
    ]);
    return ((found?.results ?? []) as unknown as (PostRow & { reasons: string })[]).map((row) => ({
      post: toPost(row),
      reasons: JSON.parse(row.reasons) as string[],
    }));
  }

  /** For administrators: takes a work down, or restores it. */
  async setHidden(workId: string, hidden: boolean): Promise<Result<void, Failure<"not_found">>> {
    const at = hidden ? sql`ifnull(hidden_at, ${this.clock()})` : sql`NULL`;
    const [changed] = await transaction(this.db, [
      sql`UPDATE ${squarePosts} SET hidden_at = ${at} WHERE work_id = ${workId}`,
    ]);
    // `changes` also counts the rows that triggers change, so it can be more than 1.
    return (changed?.meta.changes ?? 0) > 0 ? ok(undefined) : notFound();
  }

  /** Deletes plays of guests that are older than two days, at most `PRUNE_ROWS` per call. */
  async prune(): Promise<void> {
    await transaction(this.db, [
      sql`DELETE FROM square_plays WHERE rowid IN (SELECT rowid FROM square_plays
        WHERE at < ${this.clock() - 2 * GUEST_MS} AND viewer LIKE 'guest:%' LIMIT ${PRUNE_ROWS})`,
    ]);
  }
}
