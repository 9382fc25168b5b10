import { and, eq } from "drizzle-orm";
import type { Clock } from "../../lib/clock.ts";
import type { Failure } from "../../lib/domain-error.ts";
import { randomToken } from "../../lib/ids.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import type { Database } from "../../platform/db/client.ts";
import { uploads } from "../../platform/db/schema/uploads.ts";
import { MediaTooLargeError, type TrackedMediaStore } from "../../platform/media.ts";
import { MAX_PIXELS, readPicture, stripPicture } from "./pictures/index.ts";
import { blankMetadata } from "./videos/mp4-metadata.ts";
import { readVideo } from "./videos/read-video.ts";

export type Upload = typeof uploads.$inferSelect;

const MIB = 1_024 * 1_024;
export const MAX_PICTURE_BYTES = 20 * MIB;
export const MAX_VIDEO_BYTES = 100 * MIB;
const THUMBNAIL_TYPE = "image/webp";

export const uploadKeyOf = (id: string): string => `uploads/${id}/file`;
export const uploadThumbnailKeyOf = (id: string): string => `uploads/${id}/thumbnail`;
/** The key of a video until its bytes are recognised as a video. */
const draftKeyOf = (id: string): string => `uploads/${id}/draft`;

/** Makes a small WebP from a picture; undefined if it cannot be decoded. */
export type MakeSmall = (picture: Uint8Array) => Promise<Uint8Array | undefined>;

const unsupported = () => err({ code: "media_unsupported" });

/**
 * Stores pictures and videos of users. Their type is detected from the bytes, and metadata such as the location is
 * removed.
 */
export class Uploads {
  constructor(
    private readonly db: Database,
    private readonly store: TrackedMediaStore,
    private readonly makeSmall: MakeSmall,
    private readonly clock: Clock,
  ) {}

  async addPicture(
    userId: number,
    bytes: Uint8Array,
  ): Promise<Result<Upload, Failure<"invalid_request" | "media_unsupported">>> {
    const facts = readPicture(bytes);
    const stripped = facts && stripPicture(bytes);
    if (!stripped) return unsupported();
    if (facts.width * facts.height > MAX_PIXELS) {
      const message = `has more than ${MAX_PIXELS / 1_000_000} megapixels`;
      return err({ code: "invalid_request", issues: [{ path: "file", message }] });
    }
    const small = await this.makeSmall(stripped);
    // The header is that of a picture, but the rest cannot be decoded. A truncated picture is accepted, because
    // browsers show the part that is there.
    if (!small && !facts.isTruncated) return unsupported();
    const id = randomToken();
    return this.keep(id, small, async () => {
      await this.store.put(uploadKeyOf(id), stripped, facts.mimeType);
      const { width, height, mimeType: mediaType } = facts;
      return { userId, kind: "image", mediaType, bytes: stripped.length, width, height, durationMs: null };
    });
  }

  /**
   * Stores a video from a stream of at most `MAX_VIDEO_BYTES`. `still` returns the thumbnail that the client sent; it
   * is called after the stream has ended, and used only if the video gives no frame itself.
   */
  async addVideo(
    userId: number,
    body: ReadableStream<Uint8Array>,
    still: () => Uint8Array | undefined,
  ): Promise<Result<Upload, Failure<"body_too_large" | "media_unsupported">>> {
    const id = randomToken();
    const draft = draftKeyOf(id);
    try {
      const bytes = await this.store.putUnknownLength(
        draft,
        body,
        "application/octet-stream",
        MAX_VIDEO_BYTES,
      );
      const facts = await readVideo(this.store.bucket, draft, bytes);
      if (!facts) return unsupported();
      const picture = facts.keyFrame ?? still();
      const small = picture && readPicture(picture) ? await this.makeSmall(picture) : undefined;
      return await this.keep(id, small, async () => {
        const object = await this.store.bucket.get(draft);
        if (!object) throw new Error("the draft is gone");
        await this.store.put(
          uploadKeyOf(id),
          blankMetadata(object.body, facts.places),
          facts.mediaType,
          bytes,
        );
        const { width, height, durationMs, mediaType } = facts;
        return { userId, kind: "video", mediaType, bytes, width, height, durationMs };
      });
    } catch (error) {
      if (error instanceof MediaTooLargeError)
        return err({ code: "body_too_large", limitBytes: MAX_VIDEO_BYTES });
      throw error;
    } finally {
      await this.store.delete([draft]);
    }
  }

  async remove(userId: number, id: string): Promise<Result<void, Failure<"not_found">>> {
    const removed = await this.db
      .delete(uploads)
      .where(and(eq(uploads.id, id), eq(uploads.userId, userId)))
      .returning({ id: uploads.id });
    if (removed.length === 0) return err({ code: "not_found", what: "upload" });
    // The objects are already orphaned: if they cannot be deleted now, a later job deletes them.
    await this.store.delete([uploadKeyOf(id), uploadThumbnailKeyOf(id)]).catch(() => undefined);
    return ok(undefined);
  }

  /**
   * Stores the objects before the row, so that a row never points to a missing object. If the insert throws, the row
   * may have been written all the same, so the objects are kept.
   */
  private async keep(
    id: string,
    small: Uint8Array | undefined,
    store: () => Promise<Omit<Upload, "id" | "hasThumbnail" | "createdAt">>,
  ): Promise<Result<Upload, never>> {
    const facts = await store();
    if (small) await this.store.put(uploadThumbnailKeyOf(id), small, THUMBNAIL_TYPE);
    const row = { ...facts, id, hasThumbnail: small !== undefined, createdAt: this.clock() };
    await this.db.insert(uploads).values(row);
    return ok(row);
  }
}
