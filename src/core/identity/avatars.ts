import type { Failure } from "../../lib/domain-error.ts";
import { randomToken } from "../../lib/ids.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import type { TrackedMediaStore } from "../../platform/media.ts";
import { looksLikePicture, stripPicture } from "../media/index.ts";
import type { Accounts } from "./accounts.ts";
import type { User } from "./user.ts";

const SIDE_PIXELS = 256;

/** Makes a square WebP of a picture, without what the camera wrote into it. Undefined where it is no picture. */
export type MakeSquare = (bytes: Uint8Array, sidePixels: number) => Promise<Uint8Array | undefined>;

/** Pictures of accounts. Each has an address of its own, so that it can be cached for ever. */
export class Avatars {
  constructor(
    private readonly accounts: Accounts,
    private readonly store: TrackedMediaStore,
    private readonly makeSquare: MakeSquare,
  ) {}

  /** Gives the key of the new picture. */
  async set(user: User, bytes: Uint8Array): Promise<Result<string, Failure<"media_unsupported">>> {
    const square = looksLikePicture(bytes)
      ? await this.makeSquare(stripPicture(bytes) ?? bytes, SIDE_PIXELS)
      : undefined;
    if (!square) return err({ code: "media_unsupported" });
    const key = `avatars/${randomToken()}.webp`;
    await this.store.put(key, square, "image/webp");
    // What fails from here on leaves an object that is loose, or one the account names: neither is removed here.
    const before = await this.accounts.setAvatar(user, key);
    if (before) await this.store.delete([before]).catch(() => undefined);
    return ok(key);
  }
}
