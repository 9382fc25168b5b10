import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { normalizeGenre } from "../../src/products/loopspace/domain/index.ts";
import { type AudioWire, insertTracks, newTrack, type PageWire } from "../support/audio.ts";
import { request, requestJson } from "../support/http.ts";
import { as, newUser, type SoraUser } from "../support/loopspace.ts";

type Page = PageWire<AudioWire>;
const search = async (asked: Record<string, string>): Promise<Page> =>
  (await requestJson<Page>(`/api/v1/audio/search?${new URLSearchParams(asked)}`)).body;
const titles = ({ data }: Page): string[] => data.map(({ title }) => title);

let artist: SoraUser;
beforeAll(async () => {
  artist = await newUser();
});

describe("a search across full-width and half-width characters", () => {
  beforeAll(async () => {
    for (const title of ["为什么？你走了", "ＡＢＣ Ｓｏｎｇｓ", "ｶﾗｵｹ"])
      await newTrack(artist, { title, description: "ｆｕｌｌ ｗｉｄｔｈ" }, 1);
    const plain = await newTrack(artist, { title: "plain" }, 1);
    await request(`/api/v1/audio/${plain.id}`, as(artist, "PATCH", { title: "Ｐｌａｉｎ" }));
    // Inserted without the stored search words, as rows of earlier versions are.
    await insertTracks(artist.id, [{ title: "古い：Ｔｒａｃｋ" }]);
  });

  it.each([
    ["为什么？你走了", "为什么？你走了"],
    ["为什么?你走了", "为什么？你走了"],
    ["么？", "为什么？你走了"],
    ["么?", "为什么？你走了"],
    ["ＡＢＣ", "ＡＢＣ Ｓｏｎｇｓ"],
    ["abc songs", "ＡＢＣ Ｓｏｎｇｓ"],
    ["ｶﾗｵｹ", "ｶﾗｵｹ"],
    ["カラオケ", "ｶﾗｵｹ"],
    ["plain", "Ｐｌａｉｎ"],
    ["古い：Ｔｒａｃｋ", "古い：Ｔｒａｃｋ"],
  ])("finds the title that is %s", async (query, title) => {
    expect(titles(await search({ query }))).toEqual([title]);
  });

  it("also finds descriptions", async () => {
    expect((await search({ query: "full width" })).total).toBe(3);
    expect((await search({ query: "ｆｕｌｌ ｗｉｄｔｈ" })).total).toBe(3);
  });
});

describe("a search for arbitrary pasted text", () => {
  it.each([
    ["a NUL", "quiet\0 pl\0ace"],
    ["other control characters", "quiet\u0007\u001b place"],
    [
      "forty short words",
      Array.from({ length: 40 }, (_, i) => String.fromCharCode(97 + (i % 26), 98)).join(" "),
    ],
    ["forty long words", Array.from({ length: 40 }, (_, i) => `w${i}`.padEnd(4, "x")).join(" ")],
    ["one word a hundred times", "a ".repeat(100)],
    ["nothing but control characters", "\0\u0001"],
  ])("answers 200 (%s)", async (_, query) => {
    for (const path of ["/api/v1/audio/search", "/loopspace"]) {
      const answer = await request(`${path}?${new URLSearchParams({ query, tags: "x,yy,zzz" })}`);
      expect(answer.status).toBe(200);
      expect((await request(`${path}?${new URLSearchParams({ query })}`)).status).toBe(200);
    }
  });

  it("removes control characters from words and uses at most ten words", async () => {
    await insertTracks(artist.id, [{ title: "a quiet place" }, { title: "k l m n o p q r s t" }]);
    expect(titles(await search({ query: "quiet\0 place" }))).toEqual(["a quiet place"]);
    expect(titles(await search({ query: "k l m n o p q r s t nowhere" }))).toEqual(["k l m n o p q r s t"]);
  });
});

describe("a search by tags", () => {
  it("finds a rare tag exactly, with any characters and among any number of tracks", async () => {
    const rare = ["quokka", "夜", 'a "b" \\c', "ab"];
    await insertTracks(artist.id, [
      { title: "rare", tags: rare, createdAt: 0 },
      { title: "other", tags: ["quokkas", "夜晚", "abc"] },
    ]);
    for (const tag of rare) expect(titles(await search({ tags: JSON.stringify([tag]) }))).toEqual(["rare"]);
    expect(titles(await search({ tags: JSON.stringify(rare) }))).toEqual(["rare"]);
    expect(titles(await search({ tags: "quokka,quokkas" }))).toEqual([]);
    expect(titles(await search({ query: "ra", tags: "quokka" }))).toEqual(["rare"]);
    // The query uses the full-text index and does not scan the popular tracks.
    const plan = await env.DB.prepare(
      `EXPLAIN QUERY PLAN SELECT rowid FROM audio_search WHERE audio_search MATCH 'tags : """quokka"""'`,
    ).all<{ detail: string }>();
    expect(plan.results[0]?.detail).toContain("VIRTUAL TABLE INDEX");
  });
});

describe("a search with more than 1000 results", () => {
  it("still serves the pages after the first 1000", async () => {
    const many = Array.from({ length: 1_105 }, (_, i) => ({ title: `crowded ${i}` }));
    for (let at = 0; at < many.length; at += 250) await insertTracks(artist.id, many.slice(at, at + 250));
    const at = (page: number) => search({ query: "crowded", limit: "100", page: String(page) });
    expect(await at(10)).toMatchObject({ total: 1_000, hasMore: true });
    expect(await at(11)).toMatchObject({ total: 1_000, hasMore: true });
    const last = await at(12);
    expect([last.data.length, last.hasMore]).toEqual([5, false]);
  });
});

describe("the genre of an uploaded file", () => {
  it.each([
    ["Ｒｏｃｋ　＆　Ｒｏｌｌ", "rock & roll"],
    ["  Drum and Bass ", "drum and bass"],
    ["x".repeat(60), "x".repeat(40)],
    ["🎹".repeat(30), "🎹".repeat(20)],
  ])("is normalized to one that lists accept (%s)", async (written, genre) => {
    expect(normalizeGenre(written)).toBe(genre);
    await insertTracks(artist.id, [{ title: "in a genre", genre: normalizeGenre(written) }]);
    const { body } = await requestJson<Page>(`/api/v1/audio/popular?${new URLSearchParams({ genre })}`);
    expect(body.total).toBe(1);
  });
});
