import type { AudioItem, User } from "../models.js";
import type { RequestOptions } from "../options.js";
import { everyItem, type Page, type PageOptions } from "../paging.js";
import { idIn, type Transport } from "../transport.js";

const pathOf = (userId: string, part = ""): string => `/api/v1/users/${idIn(userId, "userId")}${part}`;

/** The calls for users. `"me"` as a user id is the caller. All of them throw `LoopspaceError`. */
export class Users {
  constructor(private readonly transport: Transport) {}

  /** Returns a user's profile. */
  async get(userId: string, options: RequestOptions = {}): Promise<User> {
    return this.transport.json({ ...options, method: "GET", path: pathOf(userId) });
  }

  /** Returns the caller's own profile. */
  async me(options: RequestOptions = {}): Promise<User> {
    return this.get("me", options);
  }

  /** Follows a user and returns the user's profile. Following a user again changes nothing. */
  async follow(userId: string, options: RequestOptions = {}): Promise<User> {
    const path = pathOf(userId, "/follow");
    return this.transport.json({ ...options, method: "POST", path, mayRepeat: true });
  }

  /** Unfollows a user and returns the user's profile. Nothing changes if the caller does not follow the user. */
  async unfollow(userId: string, options: RequestOptions = {}): Promise<User> {
    return this.transport.json({ ...options, method: "DELETE", path: pathOf(userId, "/follow") });
  }

  /** Returns a page of a user's tracks, newest first. For the caller it includes private and unfinished tracks. */
  async getTracks(userId: string, options: PageOptions = {}): Promise<Page<AudioItem>> {
    return this.page(userId, "/tracks", options);
  }

  /** Iterates a user's tracks, newest first: `for await (const track of client.users.tracks(id))`. */
  tracks(userId: string, options: RequestOptions = {}): AsyncGenerator<AudioItem, void, undefined> {
    return everyItem((page) => this.getTracks(userId, { ...options, ...page }));
  }

  /** Returns a page of a user's followers, newest first. */
  async getFollowers(userId: string, options: PageOptions = {}): Promise<Page<User>> {
    return this.page(userId, "/followers", options);
  }

  /** Iterates a user's followers, newest first. */
  followers(userId: string, options: RequestOptions = {}): AsyncGenerator<User, void, undefined> {
    return everyItem((page) => this.getFollowers(userId, { ...options, ...page }));
  }

  /** Returns a page of the users that a user follows, newest first. */
  async getFollowing(userId: string, options: PageOptions = {}): Promise<Page<User>> {
    return this.page(userId, "/following", options);
  }

  /** Iterates the users that a user follows, newest first. */
  following(userId: string, options: RequestOptions = {}): AsyncGenerator<User, void, undefined> {
    return everyItem((page) => this.getFollowing(userId, { ...options, ...page }));
  }

  /**
   * Sets the caller's profile picture (JPEG, PNG or WebP, at most 5 MB) and returns the profile. A sandbox key may
   * not: `FORBIDDEN`.
   */
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
