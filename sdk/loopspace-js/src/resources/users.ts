import type { AudioItem, User } from "../models.js";
import type { RequestOptions } from "../options.js";
import { everyItem, type Page, type PageOptions } from "../paging.js";
import { idIn, type Transport } from "../transport.js";

const pathOf = (userId: string, part = ""): string => `/api/v1/users/${idIn(userId, "userId")}${part}`;

/** People. `"me"` is the caller wherever a user is named. All calls throw LoopspaceError. */
export class Users {
  constructor(private readonly transport: Transport) {}

  /** Somebody's profile. */
  async get(userId: string, options: RequestOptions = {}): Promise<User> {
    return this.transport.json({ ...options, method: "GET", path: pathOf(userId) });
  }

  /** The caller's own profile. */
  async me(options: RequestOptions = {}): Promise<User> {
    return this.get("me", options);
  }

  /** A second time changes nothing. Gives whom the caller follows now. */
  async follow(userId: string, options: RequestOptions = {}): Promise<User> {
    const path = pathOf(userId, "/follow");
    return this.transport.json({ ...options, method: "POST", path, mayRepeat: true });
  }

  /** Follows no longer; a second time changes nothing. Gives whom the caller followed. */
  async unfollow(userId: string, options: RequestOptions = {}): Promise<User> {
    return this.transport.json({ ...options, method: "DELETE", path: pathOf(userId, "/follow") });
  }

  /** A page of somebody's tracks, the latest first. The caller's own include what is private or not ready. */
  async getTracks(userId: string, options: PageOptions = {}): Promise<Page<AudioItem>> {
    return this.page(userId, "/tracks", options);
  }

  /** All of somebody's tracks: `for await (const track of client.users.tracks(id))`. */
  tracks(userId: string, options: RequestOptions = {}): AsyncGenerator<AudioItem, void, undefined> {
    return everyItem((page) => this.getTracks(userId, { ...options, ...page }));
  }

  /** A page of who follows somebody, the latest first. */
  async getFollowers(userId: string, options: PageOptions = {}): Promise<Page<User>> {
    return this.page(userId, "/followers", options);
  }

  /** All who follow somebody. */
  followers(userId: string, options: RequestOptions = {}): AsyncGenerator<User, void, undefined> {
    return everyItem((page) => this.getFollowers(userId, { ...options, ...page }));
  }

  /** A page of whom somebody follows, the latest first. */
  async getFollowing(userId: string, options: PageOptions = {}): Promise<Page<User>> {
    return this.page(userId, "/following", options);
  }

  /** All whom somebody follows. */
  following(userId: string, options: RequestOptions = {}): AsyncGenerator<User, void, undefined> {
    return everyItem((page) => this.getFollowing(userId, { ...options, ...page }));
  }

  /** Sets the caller's picture: JPEG, PNG or WebP, at most 5 MB. */
  async setAvatar(image: Blob | Uint8Array | ArrayBuffer, options: RequestOptions = {}): Promise<User> {
    const body = image instanceof Blob ? image : new Blob([image as BlobPart]);
    const headers = { "content-type": body.type || "application/octet-stream" };
    return this.transport.json({ ...options, method: "PUT", path: pathOf("me", "/avatar"), headers, body });
  }

  private async page<T>(
    userId: string,
    part: string,
    { page, limit, ...options }: PageOptions,
  ): Promise<Page<T>> {
    const path = pathOf(userId, part);
    return this.transport.json({ ...options, method: "GET", path, query: { page, limit } });
  }
}
