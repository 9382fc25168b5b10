import { sql } from "drizzle-orm";
import { z } from "zod";
import { type Clock, DAY_MS, MINUTE_MS } from "../../lib/clock.ts";
import { randomToken } from "../../lib/ids.ts";
import { type Database, runTransaction } from "../../platform/db/client.ts";
import { audioTracks } from "../../platform/db/schema/audio.ts";
import type { MediaStore } from "../../platform/media.ts";
import type { NewEvent, Outbox } from "../webhooks/index.ts";
import { type AudioAnalysis, analyseAudio, storedAudio } from "./analysis/index.ts";
import type { TrackFailure } from "./track.ts";

/** Longer than any file takes. */
const LEASE_MS = 10 * MINUTE_MS;
const MAX_ATTEMPTS = 4;
/** After this a track whose message was lost is looked at again. */
const QUIET_MS = 2 * MINUTE_MS;
const SWEEP_TRACKS = 100;
const COVER_PIXELS = 512;

/** A wake-up: which track there is to look into. */
export const audioMessageSchema = z.object({ kind: z.literal("track"), id: z.string() });

export interface AudioProcessorDependencies {
  readonly db: Database;
  readonly store: MediaStore;
  readonly outbox: Outbox;
  readonly clock: Clock;
  /** Makes a small WebP of a picture; undefined where it is none. */
  readonly makeSmall: (picture: Uint8Array, pixels: number) => Promise<Uint8Array | undefined>;
  readonly wake: (trackIds: readonly string[]) => Promise<void>;
  readonly report: (event: string, fields: Record<string, string | number>) => void;
}

interface Claimed {
  readonly id: string;
  readonly user_id: number;
  readonly environment: "live" | "sandbox";
  readonly title: string;
  readonly genre: string;
  readonly tags: string;
  readonly visibility: "public" | "private";
  readonly price: number;
  readonly key: string;
  readonly bytes: number;
  readonly attempts: number;
}

/** Finds out what is in a track: how long it is, what it says of itself, and its waveform. */
export class AudioProcessor {
  constructor(private readonly on: AudioProcessorDependencies) {}

  /** Looks into a track, unless somebody does already or nothing is to be found out. Throws where it should be tried again. */
  async step(id: string): Promise<void> {
    const now = this.on.clock();
    const [claimed] = await runTransaction(this.on.db, [
      sql`UPDATE ${audioTracks} SET claimed_until = ${now + LEASE_MS}, attempts = attempts + 1
        WHERE id = ${id} AND status = 'processing' AND ifnull(claimed_until, 0) <= ${now}
        RETURNING id, user_id, environment, title, genre, tags, visibility, price, key, bytes, attempts`,
    ]);
    const [track] = (claimed?.results ?? []) as unknown as Claimed[];
    if (!track) return;
    if (track.attempts > MAX_ATTEMPTS) return this.fail(id, "internal");
    try {
      const analysed = await analyseAudio(storedAudio(this.on.store.bucket, track.key, track.bytes));
      if (analysed.ok) await this.complete(track, analysed.value);
      else await this.fail(id, "undecodable");
    } catch (error) {
      await this.release(id);
      throw error;
    }
  }

  /** Fails what nobody managed to look into. */
  giveUp(id: string): Promise<void> {
    return this.fail(id, "internal");
  }

  /** Wakes whoever looks into tracks whose messages were lost. */
  async sweep(): Promise<void> {
    const now = this.on.clock();
    const [found] = await runTransaction(this.on.db, [
      sql`SELECT id FROM ${audioTracks} WHERE status = 'processing' AND created_at < ${now - QUIET_MS}
        AND created_at > ${now - DAY_MS} AND ifnull(claimed_until, 0) <= ${now}
        ORDER BY created_at LIMIT ${SWEEP_TRACKS}`,
    ]);
    const ids = ((found?.results ?? []) as { id: string }[]).map(({ id }) => id);
    if (ids.length > 0) await this.on.wake(ids);
  }

  /** Ready only where it still is being looked into: it may have been deleted meanwhile. */
  private async complete(track: Claimed, analysis: AudioAnalysis): Promise<void> {
    const { id } = track;
    const now = this.on.clock();
    const coverKey = await this.storeCover(analysis);
    const { tags } = analysis;
    const durationMs = Math.round(analysis.duration * 1_000);
    const event: NewEvent = {
      type: "audio.uploaded",
      userId: track.user_id,
      environment: track.environment,
      at: now,
      when: sql`EXISTS (SELECT 1 FROM ${audioTracks} WHERE id = ${id} AND status = 'processing')`,
      data: {
        id,
        title: track.title,
        genre: track.genre,
        tags: JSON.parse(track.tags) as string[],
        visibility: track.visibility,
        price: track.price,
        duration: durationMs / 1_000,
      },
    };
    const [updated] = await this.on.outbox.run(
      [event],
      [
        sql`UPDATE ${audioTracks} SET status = 'ready', claimed_until = NULL, cover_key = ${coverKey},
          media_type = ${analysis.mediaType}, duration_ms = ${durationMs}, bitrate = ${analysis.bitrate},
          sample_rate = ${analysis.sampleRate}, channels = ${analysis.channels}, codec = ${analysis.codec},
          artist = ${tags.artist ?? null}, album = ${tags.album ?? null}, year = ${tags.year ?? null},
          genre = CASE WHEN genre = '' THEN ${(tags.genre ?? "").toLowerCase()} ELSE genre END,
          waveform = ${JSON.stringify(analysis.waveform)}, is_estimated = ${analysis.isEstimated ? 1 : 0},
          updated_at = ${now}
        WHERE id = ${id} AND status = 'processing' RETURNING id`,
      ],
    );
    if (updated?.results.length === 0 && coverKey) await this.on.store.delete([coverKey]);
  }

  private async storeCover({ cover }: AudioAnalysis): Promise<string | null> {
    const small = cover && (await this.on.makeSmall(cover.bytes, COVER_PIXELS));
    if (!small) return null;
    const key = `audio-covers/${randomToken()}.webp`;
    await this.on.store.put(key, small, "image/webp");
    return key;
  }

  private async fail(id: string, failure: TrackFailure): Promise<void> {
    await runTransaction(this.on.db, [
      sql`UPDATE ${audioTracks} SET status = 'failed', failure = ${failure}, claimed_until = NULL,
        updated_at = ${this.on.clock()} WHERE id = ${id} AND status = 'processing'`,
    ]);
    this.on.report("audio.failed", { track: id, failure });
  }

  private async release(id: string): Promise<void> {
    await runTransaction(this.on.db, [
      sql`UPDATE ${audioTracks} SET claimed_until = NULL WHERE id = ${id} AND status = 'processing'`,
    ]);
  }
}
