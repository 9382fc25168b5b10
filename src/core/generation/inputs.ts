import { err, ok, type Result } from "../../lib/result.ts";
import type { TrackedMediaStore } from "../../platform/media.ts";
import { MAX_PIXELS, readPicture, stripPicture } from "../media/index.ts";
import { inputKeyOf } from "./task.ts";

export const MAX_INPUT_BYTES = 10 * 1_024 * 1_024;

/** Makes a JPEG of a picture: upright, without metadata, no larger than a provider takes. Undefined where it is broken. */
export type MakePlain = (bytes: Uint8Array) => Promise<Uint8Array | undefined>;

export interface KeptInput {
  readonly mimeType: "image/jpeg";
  /** Pixels as it is shown. */
  readonly width: number;
  readonly height: number;
}

/** Pictures that generation begins with, kept beside what is made of them. */
export class Inputs {
  constructor(
    private readonly store: TrackedMediaStore,
    private readonly makePlain: MakePlain,
  ) {}

  /** Checks a picture by its bytes and keeps it for a task that is about to be submitted. `field` names it in errors. */
  async keep(taskId: string, bytes: Uint8Array, field: string): Promise<Result<KeptInput>> {
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

  /** The task was not submitted after all. */
  async drop(taskId: string): Promise<void> {
    await this.store.delete([inputKeyOf(taskId)]);
  }
}
