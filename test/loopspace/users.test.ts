import { beforeAll, describe, expect, it } from "vitest";
import { newAddress, request, requestJson } from "../support/http.ts";
import {
  as,
  bearer,
  loopspaceId,
  newKey,
  newUser,
  type Refusal,
  type SoraUser,
  withKey,
} from "../support/loopspace.ts";
import { makePng } from "../support/pictures.ts";

interface Profile {
  readonly id: string;
  readonly username: string;
  readonly avatar: string | null;
  readonly stats: { followersCount: number; followingCount: number; tracksCount: number; playsCount: number };
  readonly isFollowing: boolean;
}

interface Page {
  readonly data: Profile[];
  readonly page: number;
  readonly limit: number;
  readonly total: number;
  readonly hasMore: boolean;
}

const pathOf = (user: SoraUser, rest = "") => `/api/v1/users/${loopspaceId(user)}${rest}`;
const follow = (follower: SoraUser, followee: SoraUser) =>
  requestJson<Profile>(pathOf(followee, "/follow"), as(follower, "POST"));
const unfollow = (follower: SoraUser, followee: SoraUser) =>
  requestJson<Profile>(pathOf(followee, "/follow"), as(follower, "DELETE"));
const profile = async (user: SoraUser, init?: RequestInit) =>
  (await requestJson<Profile>(pathOf(user), init)).body;

let user: SoraUser;
beforeAll(async () => {
  user = await newUser();
});

describe("GET /api/v1/users/{userId}", () => {
  it("shows a profile with its figures without a token", async () => {
    const { status, body } = await requestJson<Profile>(pathOf(user));
    expect(status).toBe(200);
    expect(body).toEqual({
      id: loopspaceId(user),
      username: user.username,
      name: user.username,
      avatar: null,
      stats: { followersCount: 0, followingCount: 0, tracksCount: 0, playsCount: 0 },
      isFollowing: false,
      profileUrl: `http://localhost/loopspace/users/${loopspaceId(user)}`,
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    });
    expect(JSON.stringify(body)).not.toContain(user.email);
  });

  it("accepts `me` for a caller with a token, not for guests", async () => {
    expect((await requestJson("/api/v1/users/me", as(user))).body.id).toBe(loopspaceId(user));
    const { status, body } = await requestJson<Refusal>("/api/v1/users/me");
    expect([status, body.error.code]).toEqual([401, "UNAUTHORIZED"]);
    for (const part of ["followers", "following"]) {
      expect((await request(`/api/v1/users/me/${part}`, as(user))).status).toBe(200);
      const guest = await requestJson<Refusal>(`/api/v1/users/me/${part}`);
      expect([guest.status, guest.body.error.code]).toEqual([401, "UNAUTHORIZED"]);
    }
  });

  it.each([
    "user_0",
    `user_${"0".repeat(32)}`,
    "nobody",
    "USER_123e4567e89b12d3a456426614174000",
    "user_%00",
    `user_${"0".repeat(500)}`,
  ])("is 404 for %s", async (id) => {
    const { status, body } = await requestJson<Refusal>(`/api/v1/users/${id}`);
    expect([status, body.error.code]).toEqual([404, "NOT_FOUND"]);
    expect(body.error.requestId).toMatch(/^req_/);
  });

  it("may be cached for five minutes and revalidated by its ETag", async () => {
    const first = await request(pathOf(user), as(user));
    expect(first.headers.get("cache-control")).toBe("private, max-age=300");
    expect(first.headers.get("vary")).toContain("Authorization");
    const etag = first.headers.get("etag") ?? "";
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
      const again = await request(pathOf(user), as(user, "GET", undefined, { "if-none-match": known }));
      expect([again.status, await again.text()]).toEqual([304, ""]);
      expect(again.headers.get("etag")).toBe(etag);
    }
    await follow(await newUser(), user);
    const changed = await request(pathOf(user), as(user, "GET", undefined, { "if-none-match": etag }));
    expect(changed.status).toBe(200);
    expect(changed.headers.get("etag")).not.toBe(etag);
  });

  it("refuses an invalid token instead of treating the caller as a guest", async () => {
    expect((await request(pathOf(user), as({ token: "made-up" }))).status).toBe(401);
  });

  it("allows 60 requests per minute and IP address without a token", async () => {
    const headers = { "cf-connecting-ip": newAddress() };
    const answers = [];
    for (let i = 0; i < 61; i++) answers.push((await request(pathOf(user), { headers })).status);
    expect(answers.filter((status) => status === 200)).toHaveLength(60);
    expect(answers.at(-1)).toBe(429);
  });

  it("costs an authenticated caller two database reads and one call of the rate limiter", async () => {
    const response = await request(pathOf(user), as(await newUser()));
    expect(response.headers.get("server-timing")).toContain('d1;desc="2", do;desc="1"');
  });
});

describe("following", () => {
  it("counts once when it is repeated, and unfollowing restores the figures", async () => {
    const [a, b] = await Promise.all([newUser(), newUser()]);
    for (let i = 0; i < 2; i++) {
      const { status, body } = await follow(a, b);
      expect(status).toBe(200);
      expect(body).toMatchObject({ isFollowing: true, stats: { followersCount: 1 } });
    }
    expect((await profile(a)).stats).toMatchObject({ followersCount: 0, followingCount: 1 });
    for (let i = 0; i < 2; i++) {
      const { status, body } = await unfollow(a, b);
      expect(status).toBe(200);
      expect(body).toMatchObject({ isFollowing: false, stats: { followersCount: 0 } });
    }
    expect((await profile(a)).stats.followingCount).toBe(0);
  });

  it("counts correctly when twenty accounts follow at once and one follows twenty times at once", async () => {
    const [star, eager] = await Promise.all([newUser(), newUser()]);
    const fans = await Promise.all(Array.from({ length: 20 }, () => newUser()));
    await Promise.all([...fans.map((fan) => follow(fan, star)), ...fans.map(() => follow(eager, star))]);
    expect((await profile(star)).stats.followersCount).toBe(21);
    expect((await profile(eager)).stats.followingCount).toBe(1);
    await Promise.all([
      ...fans.slice(0, 5).map((fan) => unfollow(fan, star)),
      ...fans.map(() => unfollow(eager, star)),
    ]);
    expect((await profile(star)).stats.followersCount).toBe(15);
    expect((await profile(eager)).stats.followingCount).toBe(0);
  });

  it("refuses the caller's own account and accounts that do not exist", async () => {
    const own = await follow(user, user);
    expect(own.status).toBe(400);
    expect((await profile(user, as(user))).isFollowing).toBe(false);
    for (const method of ["POST", "DELETE"]) {
      expect((await request(`/api/v1/users/user_${"0".repeat(32)}/follow`, as(user, method))).status).toBe(
        404,
      );
      expect((await request(`/api/v1/users/nobody/follow`, as(user, method))).status).toBe(404);
    }
  });

  it("needs a caller", async () => {
    expect((await request(pathOf(user, "/follow"), { method: "POST" })).status).toBe(401);
  });
});

describe("GET /api/v1/users/{userId}/followers and /following", () => {
  it("are paged, latest first, and say which accounts the caller follows", async () => {
    const star = await newUser();
    const fans: SoraUser[] = [];
    for (let i = 0; i < 5; i++) {
      const fan = await newUser();
      await follow(fan, star);
      fans.unshift(fan);
    }
    const [latest] = fans;
    if (!latest) throw new Error("nobody followed");
    await follow(star, latest);
    const pages = [];
    for (const page of [1, 2, 3, 4])
      pages.push((await requestJson<Page>(pathOf(star, `/followers?page=${page}&limit=2`), as(star))).body);
    expect(pages.flatMap(({ data }) => data.map(({ id }) => id))).toEqual(fans.map(loopspaceId));
    expect(pages.map(({ hasMore }) => hasMore)).toEqual([true, true, false, false]);
    expect(pages[0]).toMatchObject({ page: 1, limit: 2, total: 5 });
    expect(pages[0]?.data.map(({ isFollowing }) => isFollowing)).toEqual([true, false]);
    const { body } = await requestJson<Page>(pathOf(latest, "/following"));
    expect(body).toMatchObject({ page: 1, limit: 20, total: 1, hasMore: false });
    expect(body.data[0]).toMatchObject({ id: loopspaceId(star), stats: { followersCount: 5 } });
  });

  it.each(["page=0", "limit=0", "limit=101", "page=x"])("refuse %s", async (query) => {
    expect((await request(pathOf(user, `/followers?${query}`))).status).toBe(400);
  });

  it("are 404 for an account that does not exist", async () => {
    expect((await request(`/api/v1/users/user_${"0".repeat(32)}/following`)).status).toBe(404);
  });
});

describe("the sandbox", () => {
  it("has figures and followers of its own", async () => {
    const [a, b] = await Promise.all([newUser(), newUser()]);
    const { key } = await newKey(a, { environment: "sandbox" });
    await request(pathOf(b, "/follow"), withKey(key, "POST"));
    expect((await profile(b, withKey(key))).stats.followersCount).toBe(1);
    expect((await profile(b)).stats.followersCount).toBe(0);
    expect((await requestJson<Page>(pathOf(b, "/followers"), withKey(key))).body.total).toBe(1);
    expect((await requestJson<Page>(pathOf(b, "/followers"))).body.data).toEqual([]);
  });
});

describe("PUT /api/v1/users/me/avatar", () => {
  const put = (of: SoraUser, body: Uint8Array<ArrayBuffer> | string) =>
    requestJson<Profile & Refusal>("/api/v1/users/me/avatar", {
      method: "PUT",
      headers: { "content-type": "image/png", ...bearer(of) },
      body,
    });

  it("sets a public picture and deletes the previous one", async () => {
    const painter = await newUser();
    const first = await put(painter, makePng(300, 200, [200, 30, 60]));
    expect(first.status).toBe(200);
    const picture = await request(first.body.avatar ?? "");
    expect([picture.status, picture.headers.get("content-type")]).toEqual([200, "image/webp"]);
    const second = await put(painter, makePng(80, 80, [10, 30, 60]));
    expect((await profile(painter)).avatar).toBe(second.body.avatar);
    expect((await request(first.body.avatar ?? "")).status).toBe(404);
  });

  it("refuses files that are not pictures, whatever their type, and callers without a token or scope", async () => {
    const refused = await put(user, "no picture");
    expect([refused.status, refused.body.error.code]).toEqual([415, "UNSUPPORTED_FORMAT"]);
    const large = await put(user, new Uint8Array(5 * 1_048_576 + 1));
    expect([large.status, large.body.error.code]).toEqual([413, "FILE_TOO_LARGE"]);
    expect((await request("/api/v1/users/me/avatar", { method: "PUT", body: "x" })).status).toBe(401);
    const { key } = await newKey(user, { scopes: ["users:read"] });
    expect((await request("/api/v1/users/me/avatar", withKey(key, "PUT", {}))).status).toBe(403);
  });

  it("is refused for sandbox keys, because all environments share one picture", async () => {
    const painter = await newUser();
    const { key } = await newKey(painter, { environment: "sandbox", scopes: ["users:read", "users:write"] });
    const refused = await put({ ...painter, token: key }, makePng(30, 30, [200, 30, 60]));
    expect([refused.status, refused.body.error.code]).toEqual([403, "FORBIDDEN"]);
    expect((await profile(painter)).avatar).toBeNull();
  });
});

describe("an unknown path", () => {
  it.each(["users/user_0/nothing", "audio/audio_0/nothing", "developer/nothing"])(
    "is 404 with or without a valid token: %s",
    async (path) => {
      for (const init of [undefined, as(user), as({ token: "made-up" })]) {
        const { status, body } = await requestJson<Refusal>(`/api/v1/${path}`, init);
        expect([status, body.error.code]).toEqual([404, "NOT_FOUND"]);
      }
    },
  );
});

describe("user paths of other products", () => {
  it("stay with Meeting: profile and password", async () => {
    const { status, body } = await requestJson("/api/v1/users/profile", as(user));
    expect(status).toBe(200);
    expect(body).toMatchObject({ code: 200, data: { username: user.username } });
    const change = { old_password: "not the password", new_password: "another good password" };
    const password = await requestJson("/api/v1/users/password", as(user, "PUT", change));
    expect(password.body).toMatchObject({ code: 1004 });
    const { key } = await newKey(user);
    expect((await request("/api/v1/users/profile", withKey(key))).status).toBe(401);
  });

  it("answer with Loopspace's error when there is no such path", async () => {
    const { status, body } = await requestJson<Refusal>(pathOf(user, "/nothing"), as(user));
    expect([status, body.error.code]).toEqual([404, "NOT_FOUND"]);
  });
});
