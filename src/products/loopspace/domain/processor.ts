import { sql } from "drizzle-orm";
import { z } from "zod";
import { stripPicture } from "../../../core/media/index.ts";
import type { Outbox } from "../../../core/webhooks/index.ts";
import { type Clock, DAY_MS, HOUR_MS, MINUTE_MS } from "../../../lib/clock.ts";
import { randomToken } from "../../../lib/ids.ts";
import type { Database } from "../../../platform/db/client.ts";
import { audioTracks } from "../../../platform/db/schema/audio.ts";
import { transaction } from "../../../platform/db/transaction.ts";
import type { TrackedMediaStore } from "../../../platform/media.ts";
import { type AudioAnalysis, analyseAudio, storedAudio } from "./analysis/index.ts";
import { readyStatement, type TrackValues, trackReadyEvent } from "./ready.ts";
import type { TrackFailure } from "./track.ts";

/** A claim lasts longer than the analysis of any file takes. */
const LEASE_MS = 10 * MINUTE_MS;
/** Delay after each failed attempt, for failures that may be temporary. */
const RETRY_MS = [30_000, 2 * MINUTE_MS, 10 * MINUTE_MS, HOUR_MS];
const MAX_ATTEMPTS = RETRY_MS.length + 1;
/** An unclaimed track of this age has probably lost its queue message, so the sweep sends a new one. */
const QUIET_MS = 2 * MINUTE_MS;
/** A track that is still not analysed at this age fails for good. */
const LOST_MS = DAY_MS;
const SWEEP_TRACKS = 100;
const COVER_PIXELS = 512;
/** Attempts to complete a track. An owner does not edit a track this often while it is being completed. */
const MAX_CHANGES = 5;

/** The queue message that asks for the analysis of one track. */
export const audioMessageSchema = z.object({ kind: z.literal("track"), id: z.string() });

/** Returns the delay in ms after the failed attempt number `attempt`, counted from 1. */
export const audioRetryMs = (attempt: number): number =>
  RETRY_MS[Math.min(Math.max(attempt, 1), RETRY_MS.length) - 1] ?? HOUR_MS;

export interface AudioProcessorDependencies {
  readonly db: Database;
  readonly store: TrackedMediaStore;
  readonly outbox: Outbox;
  readonly clock: Clock;
  /** Makes a small WebP from a picture; undefined if the bytes are not a picture. */
  readonly makeSmall: (picture: Uint8Array, pixels: number) => Promise<Uint8Array | undefined>;
  readonly wake: (trackIds: readonly string[]) => Promise<void>;
  readonly report: (event: string, fields: Record<string, string | number>) => void;
}

interface Claimed {
  readonly id: string;
  readonly key: string;
  readonly bytes: number;
  readonly attempts: number;
}

/** Analyses uploaded tracks: duration, tags, cover, waveform and preview. */
export class AudioProcessor {
  constructor(private readonly deps: AudioProcessorDependencies) {}

  /**
   * Analyses a track, unless it is claimed by another run or needs no analysis. Throws if the queue should retry it.
   */
  async process(id: string): Promise<void> {
    const now = this.deps.clock();
    const [claimed] = await transaction(this.deps.db, [
      sql`UPDATE ${audioTracks} SET claimed_until = ${now + LEASE_MS}, attempts = attempts + 1
        WHERE id = ${id} AND status = 'processing' AND ifnull(claimed_until, 0) <= ${now}
        RETURNING id, key, bytes, attempts`,
    ]);
    const [track] = (claimed?.results ?? []) as unknown as Claimed[];
    if (!track) return;
    if (track.attempts > MAX_ATTEMPTS) return this.fail(id, "internal");
    try {
      const analysed = await analyseAudio(storedAudio(this.deps.store.bucket, track.key, track.bytes));
      if (analysed.ok) await this.complete(id, analysed.value);
      else await this.fail(id, analysed.failure === "too_long" ? "too_long" : "undecodable");
    } catch (error) {
      await this.release(track);
      throw error;
    }
  }

  /** Fails a track whose message the queue gave up after its retries. */
  giveUp(id: string): Promise<void> {
    return this.fail(id, "internal");
  }

  /**
   * Sends a new message for tracks that lost theirs or whose retry is due, and fails tracks that are more than a day
   * old.
   */
  async sweep(): Promise<void> {
    const now = this.deps.clock();
    const waiting = sql`status = 'processing' AND ifnull(claimed_until, 0) <= ${now}`;
    const [failed, found] = await transaction(this.deps.db, [
      sql`UPDATE ${audioTracks} SET status = 'failed', failure = 'internal', claimed_until = NULL, updated_at = ${now}
        WHERE seq IN (SELECT seq FROM ${audioTracks} WHERE ${waiting} AND created_at <= ${now - LOST_MS}
          ORDER BY created_at LIMIT ${SWEEP_TRACKS}) RETURNING id`,
      sql`SELECT id FROM ${audioTracks} WHERE ${waiting} AND created_at < ${now - QUIET_MS}
        AND created_at > ${now - LOST_MS} ORDER BY created_at LIMIT ${SWEEP_TRACKS}`,
    ]);
    const idsIn = (result: D1Result | undefined) =>
      ((result?.results ?? []) as { id: string }[]).map(({ id }) => id);
    for (const track of idsIn(failed)) this.deps.report("audio.failed", { track, failure: "internal" });
    const ids = idsIn(found);
    if (ids.length > 0) await this.deps.wake(ids);
  }

  /**
   * Makes a track ready, unless it was deleted or already completed during the analysis. The owner may edit the track
   * at the same time: then the statement changes nothing, and the next attempt reads the new values, so that the
   * event always states the values at the moment when the track became ready.
   */
  private async complete(id: string, analysis: AudioAnalysis): Promise<void> {
    const coverKey = await this.storeCover(analysis);
    const isUnreadable = analysis.cover !== undefined && coverKey === null;
    const kept = {
      coverKey,
      previewKey: await this.storePreview(analysis),
      warnings: isUnreadable ? (["cover_unreadable"] as const) : analysis.warnings,
    };
    for (let i = 0; i < MAX_CHANGES; i++) {
      const now = this.deps.clock();
      const [found] = await transaction(this.deps.db, [
        sql`SELECT id, user_id, environment, title, genre, tags, visibility, price FROM ${audioTracks}
          WHERE id = ${id} AND status = 'processing'`,
      ]);
      const [said] = (found?.results ?? []) as unknown as TrackValues[];
      // The objects that were stored for it are orphaned now, and a later job removes them.
      if (!said) return;
      const [updated] = await this.deps.outbox.run(
        [trackReadyEvent(said, analysis, now)],
        [readyStatement(said, analysis, kept, now)],
      );
      if (updated?.results.length) return;
    }
    throw new Error("the track was edited during every attempt to complete it");
  }

  private async storeCover({ cover }: AudioAnalysis): Promise<string | null> {
    const small =
      cover && (await this.deps.makeSmall(stripPicture(cover.bytes) ?? cover.bytes, COVER_PIXELS));
    if (!small) return null;
    const key = `audio-covers/${randomToken()}.webp`;
    await this.deps.store.put(key, small, "image/webp");
    return key;
  }

  private async storePreview({ preview, mediaType }: AudioAnalysis): Promise<string | null> {
    if (!preview || !("file" in preview)) return null;
    const key = `audio-previews/${randomToken()}`;
    await this.deps.store.put(key, preview.file, mediaType);
    return key;
  }

  private async fail(id: string, failure: TrackFailure): Promise<void> {
    await transaction(this.deps.db, [
      sql`UPDATE ${audioTracks} SET status = 'failed', failure = ${failure}, claimed_until = NULL,
        updated_at = ${this.deps.clock()} WHERE id = ${id} AND status = 'processing'`,
    ]);
    this.deps.report("audio.failed", { track: id, failure });
  }

  /**
   * Postpones the next attempt by setting the end of the claim. Neither the queue nor the sweep starts it earlier.
   */
  private async release({ id, attempts }: Claimed): Promise<void> {
    await transaction(this.deps.db, [
      sql`UPDATE ${audioTracks} SET claimed_until = ${this.deps.clock() + audioRetryMs(attempts)}
        WHERE id = ${id} AND status = 'processing'`,
    ]).catch(() => undefined);
  }
}
