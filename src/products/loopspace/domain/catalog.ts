import { type SQL, sql } from "drizzle-orm";
import type { Environment } from "../../../core/access/index.ts";
import type { Failure } from "../../../lib/domain-error.ts";
import { err, ok, type Result } from "../../../lib/result.ts";
import type { Database } from "../../../platform/db/client.ts";
import { transaction } from "../../../platform/db/transaction.ts";
import { searchTermsOf } from "./search-terms.ts";
import { NOT_WITHDRAWN, PUBLIC, type Track, trackColumns, tracksIn, type Viewer } from "./track.ts";

/** The total of a search stops at this number, because counting more hits reads many rows for little use. */
const MAX_COUNTED = 1_000;
/** A search without a term for the index scans at most this many public tracks, the most popular first. */
const LOOKED_THROUGH = 5_000;

export interface PageRequest {
  readonly page: number;
  readonly limit: number;
}

export interface TrackPage {
  readonly tracks: readonly Track[];
  /** Number of tracks on all pages; for a search it is at most 1,000. */
  readonly total: number;
  /** Whether another page follows. This is exact even where `total` stops at its maximum. */
  readonly hasMore: boolean;
}

export interface SearchRequest extends PageRequest {
  readonly query: string;
  readonly genre: string | undefined;
  /** A track has to have all of these tags. */
  readonly tags: readonly string[];
}

export interface Genre {
  readonly genre: string;
  readonly tracks: number;
}

interface Counted {
  readonly total: number | null;
}

const totalIn = (result: D1Result | undefined): number =>
  ((result?.results ?? []) as Counted[])[0]?.total ?? 0;

/** Reads one row more than the page holds; that row shows whether another page follows. */
const slice = ({ page, limit }: PageRequest): SQL => sql`LIMIT ${limit + 1} OFFSET ${(page - 1) * limit}`;

/**
 * Selects the tracks whose `seq` the subquery `seqs` returns, in the given order. The rows before the page are
 * skipped inside the subquery, which reads an index only, so their tracks and owners are never read.
 */
const tracksOf = (viewer: Viewer, seqs: SQL, order: SQL): SQL =>
  sql`SELECT ${trackColumns(viewer, { withWaveform: false })} FROM (${seqs}) AS page
    CROSS JOIN audio_tracks AS t ON t.seq = page.seq CROSS JOIN users AS u ON u.id = t.user_id ORDER BY ${order}`;

const HOTTEST = sql`t.score DESC, t.seq DESC`;
const LATEST = sql`t.created_at DESC, t.seq DESC`;

const pageIn = (
  result: D1Result | undefined,
  { limit }: PageRequest,
): Pick<TrackPage, "tracks" | "hasMore"> => {
  const tracks = tracksIn(result);
  return { tracks: tracks.slice(0, limit), hasMore: tracks.length > limit };
};

const escapeLike = (text: string): string => text.replace(/[\\%_]/g, "\\$&");

/** Title, artist and tags of a track `t` in the form that is searched. */
const HEAD = sql`ifnull(t.title_words, t.title) || char(10) || ifnull(ifnull(t.artist_words, t.artist), '')
  || char(10) || t.tags`;

/**
 * Lists and searches public tracks. Each list reads an index from its start and takes one round trip to the database.
 */
export class AudioCatalog {
  constructor(private readonly db: Database) {}

  /** Lists tracks by popularity. Triggers maintain the score, which weighs plays and sales against age. */
  async popular(viewer: Viewer, genre: string | undefined, asked: PageRequest): Promise<TrackPage> {
    const { environment } = viewer;
    const inGenre = genre === undefined ? sql`` : sql`AND t.genre = ${genre}`;
    const [found, counted] = await transaction(this.db, [
      tracksOf(
        viewer,
        sql`SELECT t.seq FROM audio_tracks AS t WHERE t.environment = ${environment} AND ${PUBLIC} ${inGenre}
          ORDER BY ${HOTTEST} ${slice(asked)}`,
        HOTTEST,
      ),
      sql`SELECT sum(tracks) AS total FROM audio_genres AS t WHERE environment = ${environment} ${inGenre}`,
    ]);
    return { ...pageIn(found, asked), total: totalIn(counted) };
  }

  /** Lists the genres that have public tracks, the one with the most tracks first. */
  async genres(environment: Environment): Promise<Genre[]> {
    const [found] = await transaction(this.db, [
      sql`SELECT genre, tracks FROM audio_genres WHERE environment = ${environment} AND tracks > 0 AND genre <> ''
        ORDER BY tracks DESC, genre LIMIT 200`,
    ]);
    return (found?.results ?? []) as unknown as Genre[];
  }

  /**
   * Lists the tracks of a user, the latest first: all of them for that user, the public ones for every other viewer.
   */
  async byUser(
    viewer: Viewer,
    uuid: string,
    asked: PageRequest,
  ): Promise<Result<TrackPage, Failure<"not_found">>> {
    const { environment, userId } = viewer;
    const [owners, found, counted] = await transaction(this.db, [
      sql`SELECT u.id, s.tracks AS total FROM users AS u LEFT JOIN profile_stats AS s
        ON s.user_id = u.id AND s.environment = ${environment} WHERE u.uuid = ${uuid}`,
      tracksOf(
        viewer,
        sql`SELECT t.seq FROM audio_tracks AS t
          WHERE t.user_id = (SELECT id FROM users WHERE uuid = ${uuid}) AND t.environment = ${environment}
            AND ${NOT_WITHDRAWN} AND (${userId === undefined ? sql`false` : sql`t.user_id = ${userId}`} OR (${PUBLIC}))
          ORDER BY ${LATEST} ${slice(asked)}`,
        LATEST,
      ),
      userId === undefined
        ? sql`SELECT NULL AS total`
        : sql`SELECT count(*) AS total FROM audio_tracks AS t
            WHERE t.user_id = ${userId} AND t.environment = ${environment} AND ${NOT_WITHDRAWN}`,
    ]);
    const [owner] = (owners?.results ?? []) as { id: number; total: number | null }[];
    if (!owner) return err({ code: "not_found", what: "user" });
    const total = owner.id === userId ? totalIn(counted) : (owner.total ?? 0);
    return ok({ ...pageIn(found, asked), total });
  }

  /**
   * Finds public tracks that contain all words and have all tags, the most popular first. The index finds tags and
   * words of three or more characters. Shorter words, which are common in Chinese, are compared with the text of the
   * tracks that the index found. Without a term for the index they are compared with the most popular tracks only.
   */
  async search(viewer: Viewer, asked: SearchRequest): Promise<TrackPage> {
    const { environment } = viewer;
    const { genre, tags } = asked;
    const { match, short } = searchTermsOf(asked.query, tags);
    const isOneOfAll = [
      sql`t.environment = ${environment}`,
      PUBLIC,
      ...(genre === undefined ? [] : [sql`t.genre = ${genre}`]),
    ];
    const conditions = [
      ...isOneOfAll,
      // All tags share one bound parameter, because a D1 statement takes at most 100.
      ...(tags.length === 0
        ? []
        : [
            sql`NOT EXISTS (SELECT 1 FROM json_each(${JSON.stringify(tags)}) AS asked
              WHERE asked.value NOT IN (SELECT value FROM json_each(t.tags)))`,
          ]),
      ...short.map((forms) => {
        const likes = forms.map((form) => sql`(${HEAD}) LIKE ${`%${escapeLike(form)}%`} ESCAPE '\\'`);
        return sql`(${sql.join(likes, sql` OR `)})`;
      }),
    ];
    const where = sql.join(conditions, sql` AND `);
    const from =
      match !== undefined
        ? sql`(SELECT rowid FROM audio_search WHERE audio_search MATCH ${match}) AS m
            CROSS JOIN audio_tracks AS t ON t.seq = m.rowid`
        : short.length > 0
          ? sql`(SELECT * FROM audio_tracks AS t WHERE ${sql.join(isOneOfAll, sql` AND `)}
              ORDER BY ${HOTTEST} LIMIT ${LOOKED_THROUGH}) AS t`
          : sql`audio_tracks AS t`;
    const [found, counted] = await transaction(this.db, [
      tracksOf(
        viewer,
        sql`SELECT t.seq FROM ${from} WHERE ${where} ORDER BY ${HOTTEST} ${slice(asked)}`,
        HOTTEST,
      ),
      sql`SELECT count(*) AS total FROM (SELECT 1 FROM ${from} WHERE ${where} LIMIT ${MAX_COUNTED})`,
    ]);
    return { ...pageIn(found, asked), total: totalIn(counted) };
  }
}
