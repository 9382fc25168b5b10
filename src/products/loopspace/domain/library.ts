import { type SQL, sql } from "drizzle-orm";
import type { Environment } from "../../../core/access/index.ts";
import type { Clock } from "../../../lib/clock.ts";
import type { Failure } from "../../../lib/domain-error.ts";
import { randomToken, shortId } from "../../../lib/ids.ts";
import { err, ok, type Result } from "../../../lib/result.ts";
import type { Database } from "../../../platform/db/client.ts";
import { audioPlays, audioPurchases, audioTracks } from "../../../platform/db/schema/audio.ts";
import { transaction } from "../../../platform/db/transaction.ts";
import { MediaTooLargeError, type TrackedMediaStore } from "../../../platform/media.ts";
import { identifyAudio, storedAudio } from "./analysis/index.ts";
import { MAX_AUDIO_BYTES } from "./facts.ts";
import { normalizedForSearch } from "./search-terms.ts";
import { NOT_WITHDRAWN, type Track, trackColumns, tracksIn, type Viewer, type Visibility } from "./track.ts";

/** The values that its owner sets on a track. */
export interface TrackFacts {
  readonly title: string;
  readonly description: string;
  /** In lower case; empty if the track has no genre. */
  readonly genre: string;
  readonly tags: readonly string[];
  readonly visibility: Visibility;
  /** Price in credits; 0 is free. */
  readonly price: number;
}

/** A stored object that was recognised as audio by its bytes and that does not belong to a track yet. */
export interface AudioDraft {
  readonly key: string;
  readonly bytes: number;
  readonly mediaType: string;
}

export interface AudioLibraryDependencies {
  readonly db: Database;
  readonly store: TrackedMediaStore;
  readonly clock: Clock;
  /**
   * Sends the queue messages that start the analysis of new tracks. If that fails, the sweep of `AudioProcessor`
   * sends them.
   */
  readonly wake: (trackIds: readonly string[]) => Promise<void>;
}

const PRUNE_ROWS = 1_000;
const notFound = () => err({ code: "not_found", what: "track" });

/** Returns a new R2 key for the file of a track. */
export const newAudioKey = (): string => `audio/${randomToken()}`;

/** Stores and reads the tracks of users. `AudioProcessor` analyses their files later. */
export class AudioLibrary {
  constructor(private readonly deps: AudioLibraryDependencies) {}

  /** Stores the file from a stream. A file that is not audio by its bytes is removed again. */
  async storeDraft(
    body: ReadableStream<Uint8Array>,
  ): Promise<Result<AudioDraft, Failure<"body_too_large" | "media_gone" | "media_unsupported">>> {
    const key = newAudioKey();
    try {
      await this.deps.store.putUnknownLength(key, body, "application/octet-stream", MAX_AUDIO_BYTES);
    } catch (error) {
      if (error instanceof MediaTooLargeError)
        return err({ code: "body_too_large", limitBytes: MAX_AUDIO_BYTES });
      throw error;
    }
    const draft = await this.findDraft(key);
    if (!draft.ok) await this.removeDraft(key);
    return draft;
  }

  /** Returns a stored object as a draft, if it is audio by its bytes. */
  async findDraft(key: string): Promise<Result<AudioDraft, Failure<"media_gone" | "media_unsupported">>> {
    const object = await this.deps.store.bucket.head(key);
    if (!object) return err({ code: "media_gone" });
    const identified = await identifyAudio(storedAudio(this.deps.store.bucket, key, object.size));
    return identified.ok
      ? ok({ key, bytes: object.size, mediaType: identified.kind.mediaType })
      : err({ code: "media_unsupported", detail: identified.reason });
  }

  /** Removes the object of a draft that does not become a track. */
  async removeDraft(key: string): Promise<void> {
    await this.deps.store.delete([key]);
  }

  /** Creates a track from a draft. It is idempotent by the key of the file, and takes one round trip. */
  async add(
    viewer: Viewer & { readonly userId: number },
    facts: TrackFacts,
    draft: AudioDraft,
  ): Promise<Track> {
    const id = shortId("audio");
    const now = this.deps.clock();
    const { key, bytes, mediaType } = draft;
    const [, found] = await transaction(this.deps.db, [
      sql`INSERT INTO ${audioTracks} (id, user_id, environment, title, description, title_words, description_words,
          genre, tags, visibility, status, price, key, media_type, bytes, is_estimated, created_at, updated_at)
        VALUES (${id}, ${viewer.userId}, ${viewer.environment}, ${facts.title}, ${facts.description},
          ${normalizedForSearch(facts.title)}, ${normalizedForSearch(facts.description)}, ${facts.genre}, ${JSON.stringify(facts.tags)},
          ${facts.visibility}, 'processing', ${facts.price}, ${key}, ${mediaType}, ${bytes}, 0, ${now}, ${now})
        ON CONFLICT (key) DO NOTHING`,
      this.query(viewer, sql`t.user_id = ${viewer.userId} AND t.key = ${key}`),
    ]);
    const [track] = tracksIn(found);
    if (!track) throw new Error("the track was not stored");
    await this.deps.wake([track.id]).catch(() => undefined);
    return track;
  }

  /** Returns a track if the viewer may see it. One read. */
  async find(viewer: Viewer, id: string): Promise<Result<Track, Failure<"not_found">>> {
    const [found] = await transaction(this.deps.db, [this.query(viewer, sql`t.id = ${id}`)]);
    const [track] = tracksIn(found);
    return track && isFor(track, viewer) ? ok(track) : notFound();
  }

  /** Returns a track without a check of access: the caller holds a signed URL for it. One read. */
  async findBySignedUrl(id: string): Promise<Result<Track, Failure<"not_found">>> {
    const guest: Viewer = { userId: undefined, environment: "live" };
    const [found] = await transaction(this.deps.db, [this.query(guest, sql`t.id = ${id}`)]);
    const [track] = tracksIn(found);
    return track ? ok(track) : notFound();
  }

  /** Changes the values of a track; a value that is undefined stays as it is. */
  async update(
    viewer: Viewer & { readonly userId: number },
    id: string,
    change: { readonly [F in keyof TrackFacts]?: TrackFacts[F] | undefined },
  ): Promise<Result<Track, Failure<"forbidden" | "not_found">>> {
    const { title, description, tags } = change;
    const columns = {
      ...change,
      tags: tags && JSON.stringify(tags),
      ...(title !== undefined && { title_words: normalizedForSearch(title) }),
      ...(description !== undefined && { description_words: normalizedForSearch(description) }),
    };
    const sets = Object.entries(columns).flatMap(([column, value]) =>
      value === undefined ? [] : [sql`${sql.identifier(column)} = ${value}`],
    );
    const [, found] = await transaction(this.deps.db, [
      sql`UPDATE ${audioTracks} SET ${sql.join([...sets, sql`updated_at = ${this.deps.clock()}`], sql`, `)}
        WHERE ${mine(viewer, id)}`,
      this.query(viewer, sql`t.id = ${id}`),
    ]);
    return ownOf(viewer, tracksIn(found)[0]);
  }

  /**
   * Deletes a track and its files. A track with buyers is withdrawn instead, and from then on only its buyers can use
   * it. A concurrent purchase is ordered entirely before or after this transaction.
   */
  async remove(
    viewer: Viewer & { readonly userId: number },
    id: string,
  ): Promise<Result<void, Failure<"forbidden" | "not_found">>> {
    const now = this.deps.clock();
    const isSold = sql`EXISTS (SELECT 1 FROM ${audioPurchases} WHERE audio_id = ${id})`;
    const [withdrawn, deleted, found] = await transaction(this.deps.db, [
      sql`UPDATE ${audioTracks} SET visibility = 'private', withdrawn_at = ${now}, updated_at = ${now}
        WHERE ${mine(viewer, id)} AND ${isSold} RETURNING id`,
      sql`DELETE FROM ${audioTracks} WHERE ${mine(viewer, id)} AND NOT ${isSold}
        RETURNING key, cover_key, preview_key`,
      this.query(viewer, sql`t.id = ${id}`),
    ]);
    if (withdrawn?.results.length) return ok(undefined);
    const [files] = (deleted?.results ?? []) as Record<string, string | null>[];
    if (!files) {
      const own = ownOf(viewer, tracksIn(found)[0]);
      return own.ok ? notFound() : own;
    }
    const keys = Object.values(files).filter((key) => key !== null);
    // The objects are already orphaned: if they cannot be deleted now, a later job deletes them.
    await this.deps.store.delete(keys).catch(() => undefined);
    return ok(undefined);
  }

  /**
   * Counts a play, at most one per listener and day, if the viewer may hear the track. Returns the number of plays.
   */
  async play(viewer: Viewer, listener: string, id: string): Promise<Result<number, Failure<"not_found">>> {
    const [, found] = await transaction(this.deps.db, [
      sql`INSERT INTO ${audioPlays} (audio_id, listener, at) SELECT t.id, ${listener}, ${this.deps.clock()}
        FROM ${audioTracks} AS t WHERE t.id = ${id} AND t.status = 'ready' AND ${isForSql(viewer)}
        ON CONFLICT DO NOTHING`,
      this.query(viewer, sql`t.id = ${id} AND t.status = 'ready'`),
    ]);
    const [track] = tracksIn(found);
    return track && isFor(track, viewer) ? ok(track.plays) : notFound();
  }

  /** Deletes old play records. They only have to last a day, since a listener counts again the next day. */
  async prune(olderThanMs: number): Promise<void> {
    await transaction(this.deps.db, [
      sql`DELETE FROM ${audioPlays} WHERE rowid IN (SELECT rowid FROM ${audioPlays}
        WHERE at < ${this.deps.clock() - olderThanMs} LIMIT ${PRUNE_ROWS})`,
    ]);
  }

  private query(viewer: Viewer, where: SQL): SQL {
    return sql`SELECT ${trackColumns(viewer, { withWaveform: true })} FROM ${audioTracks} AS t
      JOIN users AS u ON u.id = t.user_id WHERE ${where}`;
  }
}

const mine = ({ userId, environment }: { userId: number; environment: Environment }, id: string): SQL =>
  sql`id = ${id} AND user_id = ${userId} AND environment = ${environment} AND withdrawn_at IS NULL`;

/**
 * Returns whether a viewer may see a track: ready public ones, ones they bought, and their own ones until withdrawn.
 */
const isFor = (track: Track, { userId, environment }: Viewer): boolean =>
  track.environment === environment &&
  ((track.ownerId === userId && track.withdrawnAt === null) ||
    (track.status === "ready" && (track.visibility === "public" || track.isPurchased)));

/** The same condition as `isFor` in SQL, for a ready track `t`. */
const isForSql = ({ userId, environment }: Viewer): SQL => {
  const known =
    userId === undefined
      ? sql``
      : sql`OR (t.user_id = ${userId} AND ${NOT_WITHDRAWN})
          OR EXISTS (SELECT 1 FROM ${audioPurchases} AS b WHERE b.audio_id = t.id AND b.buyer_id = ${userId})`;
  return sql`t.environment = ${environment} AND (t.visibility = 'public' ${known})`;
};

/** Returns a track to its owner. For other viewers it is forbidden if they may see it, and not found otherwise. */
const ownOf = (
  viewer: Viewer,
  track: Track | undefined,
): Result<Track, Failure<"forbidden" | "not_found">> => {
  if (!track || !isFor(track, viewer)) return notFound();
  return track.ownerId === viewer.userId ? ok(track) : err({ code: "forbidden" });
};
