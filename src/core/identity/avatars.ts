import type { Failure } from "../../lib/domain-error.ts";
import { randomToken } from "../../lib/ids.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import type { TrackedMediaStore } from "../../platform/media.ts";
import { looksLikePicture, stripPicture } from "../media/index.ts";
import type { Accounts } from "./accounts.ts";
import type { User } from "./user.ts";

const SIDE_PIXELS = 256;

/** Converts a picture to a square WebP without camera metadata. Returns undefined if the bytes are not a picture. */
export type ConvertToSquareWebp = (bytes: Uint8Array, sidePixels: number) => Promise<Uint8Array | undefined>;

/** Stores the pictures of accounts. Each picture has a key of its own, so that it can be cached forever. */
export class Avatars {
  constructor(
    private readonly accounts: Accounts,
    private readonly store: TrackedMediaStore,
    private readonly makeSquare: ConvertToSquareWebp,
  ) {}

  /** Stores a new picture of the account and returns its key. */
  async set(user: User, bytes: Uint8Array): Promise<Result<string, Failure<"media_unsupported">>> {
    const square = looksLikePicture(bytes)
      ? await this.makeSquare(stripPicture(bytes) ?? bytes, SIDE_PIXELS)
      : undefined;
    if (!square) return err({ code: "media_unsupported" });
    const key = `avatars/${randomToken()}.webp`;
    await this.store.put(key, square, "image/webp");
    // If a later step fails, the new object may be orphaned or already be the account's picture, so it is not deleted
    // here. The scheduled sweep of orphaned objects deletes it if no row references it.
    const before = await this.accounts.setAvatar(user, key);
    if (before) await this.store.delete([before]).catch(() => undefined);
    return ok(key);
  }
}
