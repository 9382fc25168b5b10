import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { primary } from "../../src/platform/db/client.ts";
import { newMeter } from "../../src/platform/meter.ts";
import { Square } from "../../src/products/studio/domain/square/index.ts";
import {
  as,
  bytesAt,
  call,
  makeImages,
  newAdmin,
  newStudioUser,
  publishWork,
  type StudioUser,
} from "../support/studio.ts";

interface PostWire {
  readonly id: string;
  readonly thumbnail: string;
  readonly fileUrl: string;
  readonly playCount: number;
  readonly likeCount: number;
  readonly favoriteCount: number;
  readonly liked: boolean;
  readonly favorited: boolean;
  readonly description: string;
  readonly author: { id: string; username: string };
}
interface FeedWire {
  readonly list: PostWire[];
  readonly total: number;
  readonly nextCursor?: string;
}

const feed = async (query = "", init?: RequestInit) =>
  (await call<FeedWire>(`/square/feeds?${query}`, init)).data;
const post = async (id: string, user?: StudioUser) =>
  (await call<PostWire>(`/square/${id}`, user && as(user))).data;
const react = (user: StudioUser, id: string, word: string, method = "POST") =>
  call<Record<string, unknown>>(`/square/${id}/${word}`, as(user, method));

const db = primary(env.DB, newMeter());

/** Inserts posts of a real author without generated works, for tests of lists. */
const insertPosts = async (author: StudioUser, count: number, at: number): Promise<string[]> => {
  const ids = Array.from({ length: count }, () => crypto.randomUUID());
  await env.DB.batch(
    ids.map((id, i) =>
      env.DB.prepare(
        `INSERT INTO square_posts (work_id, user_id, kind, description, media_type, has_thumbnail, files, published_at, score)
         SELECT ?1, id, ?2, 'many', 'image/png', 0, 1, ?3, ?3 / 86400000.0 FROM users WHERE uuid = ?4`,
      ).bind(id, i % 2 ? "video" : "image", at + i, author.id),
    ),
  );
  return ids;
};

describe("a work on the square", () => {
  let author: StudioUser;
  let id: string;

  beforeAll(async () => {
    author = await newStudioUser();
    id = await publishWork(author, { prompt: "a lake at dawn", numImages: 2 });
  });

  it("is public, with its files and its author", async () => {
    const shown = await post(id);
    expect(shown).toMatchObject({
      id,
      type: "image",
      description: "a lake at dawn",
      author: { id: author.id, username: author.username, avatar: "" },
      playCount: 0,
      likeCount: 0,
      liked: false,
      files: [{}, {}],
    });
    expect((await bytesAt(shown.fileUrl)).length).toBeGreaterThan(100);
    expect((await bytesAt(shown.thumbnail)).length).toBeGreaterThan(50);
    expect((await feed("sort=latest")).list.some((one) => one.id === id)).toBe(true);
  });

  it("is published once when it is repeated, and follows changes of its title", async () => {
    const before = await feed();
    expect((await call(`/works/${id}/publish`, as(author, "POST"))).data).toEqual({ published: true });
    expect((await feed()).total).toBe(before.total);
    await call(`/works/${id}`, as(author, "PUT", { title: "Dawn" }));
    expect((await post(id)).description).toBe("Dawn");
    expect((await call(`/works/${id}`, as(author))).data).toMatchObject({ published: true });
  });

  it("counts likes and favorites once per account, also under concurrent requests", async () => {
    const users = await Promise.all(Array.from({ length: 5 }, newStudioUser));
    const likes = await Promise.all(users.flatMap((user) => [1, 2, 3].map(() => react(user, id, "like"))));
    expect(likes.every(({ data }) => data.liked === true)).toBe(true);
    expect((await post(id)).likeCount).toBe(5);
    const [first] = users;
    if (!first) throw new Error("nobody");
    expect((await react(first, id, "favorite")).data).toEqual({ favorited: true, count: 1 });
    expect(await post(id, first)).toMatchObject({ liked: true, favorited: true, favoriteCount: 1 });
    expect((await react(first, id, "like", "DELETE")).data).toEqual({ liked: false, count: 4 });
    expect((await react(first, id, "like", "DELETE")).data).toEqual({ liked: false, count: 4 });
    expect(await post(id, first)).toMatchObject({ liked: false, favorited: true });
  });

  it("counts an account once, and a guest once per day and IP address", async () => {
    const viewer = await newStudioUser();
    const before = (await post(id)).playCount;
    for (let i = 0; i < 5; i++) await call(`/square/${id}/play`, as(viewer, "POST"));
    expect((await post(id)).playCount).toBe(before + 1);
    const guest = { method: "POST", headers: { "cf-connecting-ip": "192.0.2.77" } };
    await Promise.all(Array.from({ length: 5 }, () => call(`/square/${id}/play`, guest)));
    expect((await post(id)).playCount).toBe(before + 2);
    // These addresses count as one guest, because one customer has all addresses of an IPv6 /64 network.
    for (let i = 1; i < 6; i++)
      await call(`/square/${id}/play`, {
        method: "POST",
        headers: { "cf-connecting-ip": `2001:db8:7:7::${i}` },
      });
    expect((await post(id)).playCount).toBe(before + 3);
    const { results } = await env.DB.prepare("SELECT viewer FROM square_plays WHERE work_id = ?")
      .bind(id)
      .all();
    expect(JSON.stringify(results)).not.toContain("192.0.2.77");
    // Pruning removes the guest's view of three days ago and keeps the account's.
    await new Square(db, () => Date.now() + 3 * 86_400_000).prune();
    await call(`/square/${id}/play`, as(viewer, "POST"));
    expect((await post(id)).playCount).toBe(before + 3);
    await call(`/square/${id}/play`, guest);
    expect((await post(id)).playCount).toBe(before + 4);
  });

  it("is among the favorites only of the account that added it", async () => {
    const [user, other] = [await newStudioUser(), await newStudioUser()];
    await react(user, id, "favorite");
    const kept = (await call<FeedWire>("/square/favorites", as(user))).data;
    expect(kept).toMatchObject({ total: 1, list: [{ id, favorited: true }] });
    expect((await call<FeedWire>("/square/favorites", as(other))).data.total).toBe(0);
    await react(user, id, "favorite", "DELETE");
    expect((await call<FeedWire>("/square/favorites", as(user))).data.total).toBe(0);
  });

  it("needs an account to like, to add to favorites and to report", async () => {
    for (const word of ["like", "favorite", "report"])
      expect((await call(`/square/${id}/${word}`, { method: "POST" })).status).toBe(401);
    const user = await newStudioUser();
    for (const word of ["like", "favorite", "play"])
      expect((await react(user, crypto.randomUUID(), word)).status).toBe(404);
    expect((await call("/square/feeds", { headers: { authorization: "Bearer x" } })).status).toBe(401);
  });

  it("loses its counts when it is unpublished, and is removed with the work", async () => {
    const mine = await publishWork(author);
    const user = await newStudioUser();
    await react(user, mine, "like");
    const before = (await feed()).total;
    expect((await call(`/works/${mine}/publish`, as(author, "DELETE"))).data).toEqual({ published: false });
    expect((await call(`/square/${mine}`)).status).toBe(404);
    expect((await feed()).total).toBe(before - 1);
    await call(`/works/${mine}/publish`, as(author, "POST"));
    expect(await post(mine, user)).toMatchObject({ likeCount: 0, liked: false });
    await call(`/works/${mine}`, as(author, "DELETE"));
    expect((await call(`/square/${mine}`)).status).toBe(404);
    expect((await feed()).total).toBe(before - 1);
  });

  it("keeps its age and its reports when it is unpublished and published again", async () => {
    const mine = await publishWork(author);
    const [user, admin] = [await newStudioUser(), await newAdmin()];
    await call(`/square/${mine}/report`, as(user, "POST", { reason: "stolen" }));
    const shown = await call<{ publishedAt: unknown }>(`/square/${mine}`);
    await call(`/works/${mine}/publish`, as(author, "DELETE"));
    await call(`/works/${mine}/publish`, as(author, "POST"));
    expect((await call<{ publishedAt: unknown }>(`/square/${mine}`)).data).toEqual(shown.data);
    const { data } = await call<{ list: { id: string }[] }>("/square/reports?pageSize=100", as(admin));
    expect(JSON.stringify(data)).toContain(mine);
  });

  it("can be taken down by administrators after a report, and its author cannot publish it again", async () => {
    const mine = await publishWork(author);
    const [user, admin] = [await newStudioUser(), await newAdmin()];
    for (let i = 0; i < 2; i++)
      expect((await call(`/square/${mine}/report`, as(user, "POST", { reason: "spam" }))).status).toBe(200);
    expect((await call("/square/reports", as(user))).status).toBe(403);
    expect((await call(`/square/${mine}/take-down`, as(user, "POST"))).status).toBe(403);
    const reports = await call<{ list: { work: PostWire; reports: number; reasons: string[] }[] }>(
      "/square/reports?pageSize=100",
      as(admin),
    );
    const found = reports.data.list.find(({ work }) => work.id === mine);
    expect(found).toMatchObject({ reports: 1, reasons: ["spam"], takenDown: false });
    const before = (await feed()).total;
    expect((await call(`/square/${mine}/take-down`, as(admin, "POST"))).data).toEqual({ takenDown: true });
    expect((await call(`/square/${mine}`)).status).toBe(404);
    expect((await feed()).total).toBe(before - 1);
    expect((await react(user, mine, "like")).status).toBe(404);
    await call(`/works/${mine}/publish`, as(author, "DELETE"));
    expect((await call(`/works/${mine}/publish`, as(author, "POST"))).status).toBe(409);
    expect((await call(`/square/${mine}/take-down`, as(admin, "DELETE"))).data).toEqual({ takenDown: false });
    expect((await call(`/square/${mine}`)).status).toBe(200);
    expect((await feed()).total).toBe(before);
  });
});

describe("the feed", () => {
  const FUTURE = Date.UTC(2_100, 0);
  let ids: string[];

  beforeAll(async () => {
    ids = await insertPosts(await newStudioUser(), 45, FUTURE);
  });

  const newestFirst = () => ids.toReversed();

  it("is paged by page number", async () => {
    const pages = [];
    for (const page of [1, 2, 3]) pages.push(await feed(`sort=latest&page=${page}&pageSize=15`));
    expect(pages.flatMap(({ list }) => list.map(({ id }) => id))).toEqual(newestFirst());
    expect(pages[0]?.total).toBeGreaterThanOrEqual(45);
  });

  it.each(["hot", "latest"])(
    "is paged by a cursor that is stable when new posts appear (%s)",
    async (sort) => {
      const author = await newStudioUser();
      const seen: string[] = [];
      let cursor: string | undefined;
      const added: string[] = [];
      do {
        const page = await feed(`sort=${sort}&pageSize=20${cursor ? `&cursor=${cursor}` : ""}`);
        seen.push(...page.list.map(({ id }) => id));
        cursor = page.nextCursor;
        added.push(...(await insertPosts(author, 1, FUTURE + 100_000)));
      } while (cursor && seen.length < 45);
      expect(seen.slice(0, 45)).toEqual(newestFirst());
      await env.DB.batch(
        added.map((id) => env.DB.prepare("DELETE FROM square_posts WHERE work_id = ?").bind(id)),
      );
    },
  );

  it("filters by kind", async () => {
    const { list, total } = await feed("type=video&sort=latest&pageSize=10");
    expect(list.map(({ id }) => id)).toEqual(
      newestFirst()
        .filter((_, i) => i % 2 === 1)
        .slice(0, 10),
    );
    expect(total).toBeLessThan((await feed()).total);
    expect((await feed("type=image&sort=latest&pageSize=1")).list).toHaveLength(1);
  });

  it("ranks by heat: ten likes outweigh four days of age", async () => {
    const author = await newStudioUser();
    const [old, young] = [
      (await insertPosts(author, 1, FUTURE + 10 * 86_400_000))[0] ?? "",
      (await insertPosts(author, 1, FUTURE + 14 * 86_400_000))[0] ?? "",
    ];
    const orderOf = async () => (await feed("sort=hot&pageSize=2")).list.map(({ id }) => id);
    expect(await orderOf()).toEqual([young, old]);
    for (const user of await Promise.all(Array.from({ length: 6 }, newStudioUser))) {
      await react(user, old, "like");
    }
    // log2(1 + 3 × 6) = 4.2 days
    expect(await orderOf()).toEqual([old, young]);
    await env.DB.prepare("DELETE FROM square_posts WHERE work_id IN (?, ?)").bind(old, young).run();
  });

  it("never sorts the table, because each order has an index", async () => {
    for (const [by, where] of [
      ["score", ""],
      ["published_at", ""],
      ["score", "AND p.kind = 'video'"],
      ["published_at", "AND p.kind = 'video'"],
    ]) {
      const plan = await env.DB.prepare(
        `EXPLAIN QUERY PLAN SELECT p.work_id, u.username FROM square_posts AS p JOIN users AS u ON u.id = p.user_id
         WHERE p.hidden_at IS NULL ${where} ORDER BY p.${by} DESC, p.work_id DESC LIMIT 21`,
      ).all<{ detail: string }>();
      const details = plan.results.map(({ detail }) => detail).join("\n");
      expect(details).not.toContain("TEMP B-TREE");
      expect(details).toContain("USING INDEX square_posts_");
    }
  });

  it.each(["page=0", "pageSize=101", "sort=new", "type=text", "cursor=abc", "page=1000&pageSize=100"])(
    "refuses %s",
    async (query) => {
      expect((await call(`/square/feeds?${query}`)).status).toBe(400);
    },
  );

  it("needs one round trip to the database", async () => {
    const { headers } = await call("/square/feeds");
    expect(headers.get("server-timing")).toContain('d1;desc="1"');
    const signed = await call("/square/feeds", as(await newStudioUser()));
    expect(signed.headers.get("server-timing")).toContain('d1;desc="2"');
  });

  it("does not show unfinished works", async () => {
    const user = await newStudioUser();
    const { taskId } = await makeImages(user);
    expect((await call(`/square/${taskId}`)).status).toBe(404);
  });
});
