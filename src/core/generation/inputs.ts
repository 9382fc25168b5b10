import type { Failure } from "../../lib/domain-error.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import type { TrackedMediaStore } from "../../platform/media.ts";
import { MAX_PIXELS, readPicture, stripPicture } from "../media/index.ts";
import { inputKeyOf } from "./task.ts";

export const MAX_INPUT_BYTES = 10 * 1_024 * 1_024;

/**
 * Converts a picture to an upright JPEG without metadata that is within the providers' size limits. Returns undefined
 * if the picture cannot be decoded.
 */
export type MakePlain = (bytes: Uint8Array) => Promise<Uint8Array | undefined>;

export interface StoredInput {
  readonly mimeType: "image/jpeg";
  /** Displayed size in pixels, after the EXIF orientation is applied. */
  readonly width: number;
  readonly height: number;
}

/** Stores the input pictures of tasks. */
export class Inputs {
  constructor(
    private readonly store: TrackedMediaStore,
    private readonly makePlain: MakePlain,
  ) {}

  /**
   * Validates a picture by its bytes and stores it for a task that is submitted next. `field` is the name used in
   * errors.
   */
  async save(
    taskId: string,
    bytes: Uint8Array,
    field: string,
  ): Promise<Result<StoredInput, Failure<"body_too_large" | "invalid_request" | "media_unsupported">>> {
    if (bytes.length > MAX_INPUT_BYTES) return err({ code: "body_too_large", limitBytes: MAX_INPUT_BYTES });
    const facts = readPicture(bytes);
    if (!facts) return err({ code: "media_unsupported" });
    if (facts.width * facts.height > MAX_PIXELS) {
      const message = `has more than ${MAX_PIXELS / 1_000_000} megapixels`;
      return err({ code: "invalid_request", issues: [{ path: field, message }] });
    }
    const plain = await this.makePlain(stripPicture(bytes) ?? bytes);
    if (!plain) return err({ code: "media_unsupported" });
    await this.store.put(inputKeyOf(taskId), plain, "image/jpeg");
    return ok({ mimeType: "image/jpeg", width: facts.width, height: facts.height });
  }

  /** Deletes the picture of a task that was not submitted. */
  async delete(taskId: string): Promise<void> {
    await this.store.delete([inputKeyOf(taskId)]);
  }
}
