import { and, eq } from "drizzle-orm";
import type { Clock } from "../../lib/clock.ts";
import { randomToken } from "../../lib/ids.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import type { Database } from "../../platform/db/client.ts";
import { uploads } from "../../platform/db/schema/uploads.ts";
import { MediaTooLargeError, type TrackedMediaStore } from "../../platform/media.ts";
import { MAX_PIXELS, readPicture, stripPicture } from "./pictures/index.ts";
import { withoutPlaces } from "./videos/mp4-places.ts";
import { readVideo } from "./videos/read-video.ts";

export type Upload = typeof uploads.$inferSelect;

const MIB = 1_024 * 1_024;
export const MAX_PICTURE_BYTES = 20 * MIB;
export const MAX_VIDEO_BYTES = 100 * MIB;
const THUMBNAIL_TYPE = "image/webp";

export const uploadKeyOf = (id: string): string => `uploads/${id}/file`;
export const uploadThumbnailKeyOf = (id: string): string => `uploads/${id}/thumbnail`;
/** Where a video lies until it is known to be one. */
const draftKeyOf = (id: string): string => `uploads/${id}/draft`;

/** Makes a small WebP of a picture; undefined where it cannot be decoded. */
export type MakeSmall = (picture: Uint8Array) => Promise<Uint8Array | undefined>;

const unsupported = () => err({ code: "media_unsupported" });

/** Pictures and videos of users: what they are is seen from their bytes, and where they were taken is left out. */
export class Uploads {
  constructor(
    private readonly db: Database,
    private readonly store: TrackedMediaStore,
    private readonly makeSmall: MakeSmall,
    private readonly clock: Clock,
  ) {}

  async addPicture(userId: number, bytes: Uint8Array): Promise<Result<Upload>> {
    const facts = readPicture(bytes);
    const stripped = facts && stripPicture(bytes);
    if (!stripped) return unsupported();
    if (facts.width * facts.height > MAX_PIXELS) {
      const message = `has more than ${MAX_PIXELS / 1_000_000} megapixels`;
      return err({ code: "invalid_request", issues: [{ path: "file", message }] });
    }
    const small = await this.makeSmall(stripped);
    // Its header says it is a picture, and nothing can be made of the rest. One that is cut off is shown as far as it goes.
    if (!small && !facts.isCutOff) return unsupported();
    const id = randomToken();
    return this.keep(id, small, async () => {
      await this.store.put(uploadKeyOf(id), stripped, facts.mimeType);
      const { width, height, mimeType: mediaType } = facts;
      return { userId, kind: "image", mediaType, bytes: stripped.length, width, height, durationMs: null };
    });
  }

  /**
   * Takes a video as a stream, at most `MAX_VIDEO_BYTES` of it. `still` gives the picture the client made of it, once the
   * stream has ended; where a frame can be had from the video itself that is taken.
   */
  async addVideo(
    userId: number,
    body: ReadableStream<Uint8Array>,
    still: () => Uint8Array | undefined,
  ): Promise<Result<Upload>> {
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
          withoutPlaces(object.body, facts.places),
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

  async remove(userId: number, id: string): Promise<Result<void>> {
    const removed = await this.db
      .delete(uploads)
      .where(and(eq(uploads.id, id), eq(uploads.userId, userId)))
      .returning({ id: uploads.id });
    if (removed.length === 0) return err({ code: "not_found", what: "upload" });
    // They are loose by now: what cannot be removed at present is removed later.
    await this.store.delete([uploadKeyOf(id), uploadThumbnailKeyOf(id)]).catch(() => undefined);
    return ok(undefined);
  }

  /** Objects first, then the row: nothing has an address that is not there. Where the row fails it may be there all the same. */
  private async keep(
    id: string,
    small: Uint8Array | undefined,
    store: () => Promise<Omit<Upload, "id" | "hasThumbnail" | "createdAt">>,
  ): Promise<Result<Upload>> {
    const facts = await store();
    if (small) await this.store.put(uploadThumbnailKeyOf(id), small, THUMBNAIL_TYPE);
    const row = { ...facts, id, hasThumbnail: small !== undefined, createdAt: this.clock() };
    await this.db.insert(uploads).values(row);
    return ok(row);
  }
}
