import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { insertTracks, newTrack } from "../support/audio.ts";
import { newAddress, ORIGIN, request } from "../support/http.ts";
import { loopspaceId, newKey, newUser, type SoraUser } from "../support/loopspace.ts";

const open = async (path: string, language = "en", headers: Record<string, string> = {}) => {
  const response = await request(path, {
    headers: { accept: "text/html", "accept-language": language, ...headers },
  });
  return { status: response.status, html: await response.text(), headers: response.headers };
};

const trackPath = (id: string): string => `/loopspace/tracks/${id}`;

describe("the pages of Loopspace", () => {
  let user: SoraUser;

  beforeAll(async () => {
    user = await newUser();
  });

  it("escape titles and run only their own scripts", async () => {
    const title = `"><script>alert(1)</script> & 'more'`;
    const track = await newTrack(user, { title, description: title, tags: ["<i>", "b&c"] });
    const { status, html, headers } = await open(trackPath(track.id));
    expect(status).toBe(200);
    expect(html).not.toContain("<script>alert");
    expect(html).not.toContain("<i>");
    expect(html).toContain(
      'property="og:title" content="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt; &amp;',
    );
    const policy = headers.get("content-security-policy") ?? "";
    expect(policy).toMatch(/script-src 'self' 'nonce-/);
    expect(policy).not.toContain("unsafe");
    expect(html).not.toMatch(/<script(?![^>]*\bsrc="\/assets\/)/);
    expect(headers.get("vary")).toContain("Accept-Language");
  });

  it("hide private, unready and sandbox tracks", async () => {
    const hidden = await newTrack(user, { visibility: "private" });
    const key = await newKey(user, { environment: "sandbox" });
    const sandbox = await newTrack({ token: key.key }, { title: "only a test" });
    const [processing = ""] = await insertTracks(user.id, [{ title: "not yet" }]);
    await env.DB.prepare("UPDATE audio_tracks SET status = 'processing' WHERE id = ?").bind(processing).run();
    for (const id of [hidden.id, sandbox.id, processing, "audio_nothing"]) {
      expect((await open(trackPath(id))).status, id).toBe(404);
      expect((await request(`${trackPath(id)}/picture.png`)).status, id).toBe(404);
    }
    const { html } = await open(`/loopspace/users/${loopspaceId(user)}`);
    expect(html).not.toContain("only a test");
    expect(html).not.toContain("not yet");
  });

  it("mark an estimated waveform", async () => {
    const [id = ""] = await insertTracks(user.id, [{ title: "from gains" }]);
    const estimate = "The waveform is an estimate";
    expect((await open(trackPath(id))).html).not.toContain(estimate);
    await env.DB.prepare("UPDATE audio_tracks SET is_estimated = 1 WHERE id = ?").bind(id).run();
    expect((await open(trackPath(id))).html).toContain(estimate);
  });

  it("draw all 200 peaks, and mark only the preview of a priced track as playable", async () => {
    const track = await newTrack(user, { price: "5" });
    const { html } = await open(trackPath(track.id));
    expect(html.match(/M\d+\.5 /g)).toHaveLength(200);
    await env.DB.prepare("UPDATE audio_tracks SET duration_ms = 120000, preview_ms = 30000 WHERE id = ?")
      .bind(track.id)
      .run();
    const long = (await open(trackPath(track.id))).html;
    expect(long).toContain('data-preview="30"');
    expect(long).toMatch(/<clipPath id="wave-heard"><rect width="50"/);
    expect(long).toContain("the first 30 seconds before you buy it");
    const free = await newTrack(user);
    expect((await open(trackPath(free.id))).html).toContain('data-preview=""');
  });

  it("load no audio when a priced track has no preview", async () => {
    const track = await newTrack(user, { price: "5" });
    await env.DB.prepare("UPDATE audio_tracks SET preview_ms = NULL WHERE id = ?").bind(track.id).run();
    const { html } = await open(trackPath(track.id));
    expect(html).toContain('data-preview="0"');
    expect(html).toMatch(/<audio[^>]*>/);
    expect(html).not.toMatch(/<audio[^>]* src=/);
    expect(html).toContain("You can listen to it after you buy it");
  });

  it("have a preview image for chats", async () => {
    const track = await newTrack(user);
    const response = await request(`${trackPath(track.id)}/picture.png`);
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "image/png"]);
    const bytes = new DataView(await response.arrayBuffer());
    expect([bytes.getUint32(16), bytes.getUint32(20)]).toEqual([1_200, 630]);
    expect(bytes.byteLength).toBeLessThan(100_000);
  });

  it("page through an account's tracks and a genre", async () => {
    const artist = await newUser();
    const genre = `genre${artist.username}`;
    const all = Array.from({ length: 25 }, (_, i) => ({
      title: `track number ${i}`,
      genre,
      createdAt: i + 1,
    }));
    await insertTracks(artist.id, all);
    const profile = `/loopspace/users/${loopspaceId(artist)}`;
    for (const path of [`${profile}?`, `/loopspace?genre=${genre}&`]) {
      const [first, second] = [await open(`${path}page=1`), await open(`${path}page=2`)];
      const listed = (html: string) => html.match(/track number \d+</g)?.length;
      expect([listed(first.html), listed(second.html)], path).toEqual([20, 5]);
      expect(first.html).toContain('rel="next"');
      expect(second.html).toContain('rel="prev"');
    }
    for (const page of ["0", "-1", "x", "1e9"])
      expect((await open(`${profile}?page=${page}`)).status, page).toBe(200);
  });

  it.each([
    ["zh-CN", "热门音频", "发现"],
    ["en", "Popular tracks", "Discover"],
  ])("are available in %s", async (language, heading, link) => {
    const { html } = await open("/loopspace", language);
    expect(html).toContain(`<html lang="${language}">`);
    expect(html).toContain(heading);
    expect(html).toContain(link);
    expect(html).toContain(`<link rel="canonical" href="${ORIGIN}/loopspace"`);
  });

  it("are rate limited per IP address", async () => {
    const address = { "cf-connecting-ip": newAddress() };
    let last = await open("/loopspace", "en", address);
    for (let i = 0; i < 60; i++) last = await open("/loopspace", "en", address);
    expect(last.status).toBe(429);
    expect(last.headers.get("retry-after")).toMatch(/^\d+$/);
    expect(last.html).toContain("Something went wrong");
  });
});
