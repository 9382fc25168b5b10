import { type SQL, sql } from "drizzle-orm";
import { err, ok, type Result } from "../../lib/result.ts";
import { type Database, runTransaction } from "../../platform/db/client.ts";
import type { Environment } from "../developer/index.ts";
import { SHOWN, type Track, trackColumns, tracksIn, type Viewer } from "./track.ts";

/** Counting more would read more than it tells. */
const MAX_COUNTED = 1_000;
/** What the index knows by: shorter words are looked for in the text itself. */
const GRAM = 3;
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

const slice = ({ page, limit }: PageAsked): SQL => sql`LIMIT ${limit} OFFSET ${(page - 1) * limit}`;

const escapeLike = (text: string): string => text.replace(/[\\%_]/g, "\\$&");

/** Shown tracks in their orders. Every list is an index read from its beginning, and one round trip. */
export class AudioCatalog {
  constructor(private readonly db: Database) {}

  /** The hottest first: plays and sales against age, kept by triggers. */
  async popular(viewer: Viewer, genre: string | undefined, asked: PageAsked): Promise<TrackPage> {
    const { environment } = viewer;
    const inGenre = genre === undefined ? sql`` : sql`AND t.genre = ${genre}`;
    const [found, counted] = await runTransaction(this.db, [
      sql`SELECT ${trackColumns(viewer, { withWaveform: false })} FROM audio_tracks AS t
        JOIN users AS u ON u.id = t.user_id WHERE t.environment = ${environment} AND ${SHOWN} ${inGenre}
        ORDER BY t.score DESC, t.seq DESC ${slice(asked)}`,
      sql`SELECT sum(tracks) AS total FROM audio_genres AS t WHERE environment = ${environment} ${inGenre}`,
    ]);
    return { tracks: tracksIn(found), total: totalIn(counted) };
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
      sql`SELECT ${trackColumns(viewer, { withWaveform: false })} FROM audio_tracks AS t
        JOIN users AS u ON u.id = t.user_id
        WHERE t.user_id = (SELECT id FROM users WHERE uuid = ${uuid}) AND t.environment = ${environment}
          AND (${userId === undefined ? sql`false` : sql`t.user_id = ${userId}`} OR (${SHOWN}))
        ORDER BY t.created_at DESC, t.seq DESC ${slice(asked)}`,
      userId === undefined
        ? sql`SELECT NULL AS total`
        : sql`SELECT count(*) AS total FROM audio_tracks WHERE user_id = ${userId} AND environment = ${environment}`,
    ]);
    const [owner] = (owners?.results ?? []) as { id: number; total: number | null }[];
    if (!owner) return err({ code: "not_found", what: "user" });
    const total = owner.id === userId ? totalIn(counted) : (owner.total ?? 0);
    return ok({ tracks: tracksIn(found), total });
  }

  /**
   * Shown tracks that have all words somewhere, the most popular first. The index finds any three letters that follow each
   * other; what is shorter, as Chinese words are, is looked for among the most popular tracks.
   */
  async search(viewer: Viewer, asked: SearchAsked): Promise<TrackPage> {
    const { genre, tags } = asked;
    const words = asked.query
      .normalize("NFKC")
      .split(/\s+/)
      .filter((word) => word !== "");
    const long = words.filter((word) => [...word].length >= GRAM);
    const short = words.filter((word) => [...word].length < GRAM);
    const conditions = [
      sql`t.environment = ${viewer.environment}`,
      SHOWN,
      ...(genre === undefined ? [] : [sql`t.genre = ${genre}`]),
      ...tags.map((tag) => sql`EXISTS (SELECT 1 FROM json_each(t.tags) WHERE value = ${tag})`),
      ...short.map((word) => {
        const like = `%${escapeLike(word)}%`;
        return sql`(t.title LIKE ${like} ESCAPE '\\' OR ifnull(t.artist, '') LIKE ${like} ESCAPE '\\'
          OR t.tags LIKE ${like} ESCAPE '\\')`;
      }),
    ];
    const from = long.length > 0 ? this.matching(long) : this.popularest(viewer.environment, genre);
    const matches = sql`FROM ${from} WHERE ${sql.join(conditions, sql` AND `)}`;
    const [found, counted] = await runTransaction(this.db, [
      sql`SELECT ${trackColumns(viewer, { withWaveform: false })} FROM
        (SELECT t.* ${matches} ORDER BY t.score DESC, t.seq DESC ${slice(asked)}) AS t
        JOIN users AS u ON u.id = t.user_id ORDER BY t.score DESC, t.seq DESC`,
      sql`SELECT count(*) AS total FROM (SELECT 1 ${matches} LIMIT ${MAX_COUNTED})`,
    ]);
    return { tracks: tracksIn(found), total: totalIn(counted) };
  }

  /** As phrases: a quotation mark in a word is one, and nothing in it is an operator. */
  private matching(words: readonly string[]): SQL {
    const match = words.map((word) => `"${word.replaceAll('"', '""')}"`).join(" ");
    return sql`(SELECT rowid FROM audio_search WHERE audio_search MATCH ${match}) AS m
      CROSS JOIN audio_tracks AS t ON t.seq = m.rowid`;
  }

  private popularest(environment: Environment, genre: string | undefined): SQL {
    return sql`(SELECT * FROM audio_tracks AS t WHERE t.environment = ${environment} AND ${SHOWN}
      ${genre === undefined ? sql`` : sql`AND t.genre = ${genre}`}
      ORDER BY t.score DESC, t.seq DESC LIMIT ${LOOKED_THROUGH}) AS t`;
  }
}
