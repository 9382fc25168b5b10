import { type SQL, sql } from "drizzle-orm";
import { err, ok, type Result } from "../../lib/result.ts";
import { type Database, runTransaction } from "../../platform/db/client.ts";
import type { Environment } from "../developer/index.ts";
import { LIVING, SHOWN, type Track, trackColumns, tracksIn, type Viewer } from "./track.ts";
import { termsOf } from "./words.ts";

/** Counting more would read more than it tells. */
const MAX_COUNTED = 1_000;
/** Shown tracks that are looked through for a short word, the most popular first. */
const LOOKED_THROUGH = 5_000;

export interface PageAsked {
  readonly page: number;
  readonly limit: number;
}

export interface TrackPage {
  readonly tracks: readonly Track[];
  /** How many there are; of a search at most a thousand. */
  readonly total: number;
  /** Whether there are more behind these, whatever `total` says. */
  readonly hasMore: boolean;
}

export interface SearchAsked extends PageAsked {
  readonly query: string;
  readonly genre: string | undefined;
  /** All of them. */
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

/** One more than asked for, which says whether there are more. */
const slice = ({ page, limit }: PageAsked): SQL => sql`LIMIT ${limit + 1} OFFSET ${(page - 1) * limit}`;

/**
 * The tracks whose rows `seqs` gives, in an order. What is skipped on the way to a page is skipped there, in an index alone:
 * neither tracks nor their owners are looked at for it.
 */
const tracksOf = (viewer: Viewer, seqs: SQL, order: SQL): SQL =>
  sql`SELECT ${trackColumns(viewer, { withWaveform: false })} FROM (${seqs}) AS page
    CROSS JOIN audio_tracks AS t ON t.seq = page.seq CROSS JOIN users AS u ON u.id = t.user_id ORDER BY ${order}`;

const HOTTEST = sql`t.score DESC, t.seq DESC`;
const LATEST = sql`t.created_at DESC, t.seq DESC`;

const pageIn = (
  result: D1Result | undefined,
  { limit }: PageAsked,
): Pick<TrackPage, "tracks" | "hasMore"> => {
  const tracks = tracksIn(result);
  return { tracks: tracks.slice(0, limit), hasMore: tracks.length > limit };
};

const escapeLike = (text: string): string => text.replace(/[\\%_]/g, "\\$&");

/** Title, artist and tags of a track `t` as the search knows them. */
const HEAD = sql`ifnull(t.title_words, t.title) || char(10) || ifnull(ifnull(t.artist_words, t.artist), '')
  || char(10) || t.tags`;

/** Shown tracks in their orders. Every list is an index read from its beginning, and one round trip. */
export class AudioCatalog {
  constructor(private readonly db: Database) {}

  /** The hottest first: plays and sales against age, kept by triggers. */
  async popular(viewer: Viewer, genre: string | undefined, asked: PageAsked): Promise<TrackPage> {
    const { environment } = viewer;
    const inGenre = genre === undefined ? sql`` : sql`AND t.genre = ${genre}`;
    const [found, counted] = await runTransaction(this.db, [
      tracksOf(
        viewer,
        sql`SELECT t.seq FROM audio_tracks AS t WHERE t.environment = ${environment} AND ${SHOWN} ${inGenre}
          ORDER BY ${HOTTEST} ${slice(asked)}`,
        HOTTEST,
      ),
      sql`SELECT sum(tracks) AS total FROM audio_genres AS t WHERE environment = ${environment} ${inGenre}`,
    ]);
    return { ...pageIn(found, asked), total: totalIn(counted) };
  }

  /** Genres with shown tracks, the fullest first. */
  async genres(environment: Environment): Promise<Genre[]> {
    const [found] = await runTransaction(this.db, [
      sql`SELECT genre, tracks FROM audio_genres WHERE environment = ${environment} AND tracks > 0 AND genre <> ''
        ORDER BY tracks DESC, genre LIMIT 200`,
    ]);
    return (found?.results ?? []) as unknown as Genre[];
  }

  /** Somebody's tracks, the latest first; all of them to themselves, to others what is shown. */
  async ofUser(viewer: Viewer, uuid: string, asked: PageAsked): Promise<Result<TrackPage>> {
    const { environment, userId } = viewer;
    const [owners, found, counted] = await runTransaction(this.db, [
      sql`SELECT u.id, s.tracks AS total FROM users AS u LEFT JOIN profile_stats AS s
        ON s.user_id = u.id AND s.environment = ${environment} WHERE u.uuid = ${uuid}`,
      tracksOf(
        viewer,
        sql`SELECT t.seq FROM audio_tracks AS t
          WHERE t.user_id = (SELECT id FROM users WHERE uuid = ${uuid}) AND t.environment = ${environment}
            AND ${LIVING} AND (${userId === undefined ? sql`false` : sql`t.user_id = ${userId}`} OR (${SHOWN}))
          ORDER BY ${LATEST} ${slice(asked)}`,
        LATEST,
      ),
      userId === undefined
        ? sql`SELECT NULL AS total`
        : sql`SELECT count(*) AS total FROM audio_tracks AS t
            WHERE t.user_id = ${userId} AND t.environment = ${environment} AND ${LIVING}`,
    ]);
    const [owner] = (owners?.results ?? []) as { id: number; total: number | null }[];
    if (!owner) return err({ code: "not_found", what: "user" });
    const total = owner.id === userId ? totalIn(counted) : (owner.total ?? 0);
    return ok({ ...pageIn(found, asked), total });
  }

  /**
   * Shown tracks that have all words somewhere and all tags, the most popular first. The index finds any three letters that
   * follow each other, and tags; what is shorter, as Chinese words are, is looked for among the most popular of what it finds,
   * or of all tracks where there is nothing for it.
   */
  async search(viewer: Viewer, asked: SearchAsked): Promise<TrackPage> {
    const { environment } = viewer;
    const { genre, tags } = asked;
    const { match, short } = termsOf(asked.query, tags);
    const isOneOfAll = [
      sql`t.environment = ${environment}`,
      SHOWN,
      ...(genre === undefined ? [] : [sql`t.genre = ${genre}`]),
    ];
    const conditions = [
      ...isOneOfAll,
      // One parameter for all of them: a statement has a hundred.
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
    const [found, counted] = await runTransaction(this.db, [
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
