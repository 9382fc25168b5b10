import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import {
  type AudioWire,
  audioOf,
  newTrack,
  type PageWire,
  toneWav,
  upload,
  uploadForm,
} from "../support/audio.ts";
import { flacOf20Bits } from "../support/audio-files.ts";
import { request, requestJson } from "../support/http.ts";
import { as, bearer, newKey, newUser, type Refusal, type SoraUser, withKey } from "../support/loopspace.ts";
import { waveOf } from "../support/waves.ts";

const objects = async () => (await env.MEDIA.list({ prefix: "audio/" })).objects.length;

describe("an uploaded track", () => {
  it("is answered at once, becomes ready soon and has the documented shape", async () => {
    const user = await newUser();
    const fields = {
      title: "我的新作品",
      description: "a tone",
      tags: ["Electronic", "chill"],
      genre: "Techno",
    };
    const uploaded = await upload(user.token, uploadForm(toneWav(3), fields));
    expect(uploaded.status).toBe(201);
    expect(uploaded.body).toMatchObject({
      title: "我的新作品",
      status: "processing",
      duration: null,
      waveform: [],
    });
    const track = await newTrack(user, fields, 3);
    expect(track).toMatchObject({
      id: expect.stringMatching(/^audio_/),
      title: "我的新作品",
      genre: "techno",
      tags: ["electronic", "chill"],
      status: "ready",
      duration: 3,
      waveformEstimated: false,
      metadata: { bitrate: 128, sampleRate: 8_000, channels: 1, format: "audio/wav" },
      user: { username: user.username },
    });
    expect(track.waveform).toHaveLength(200);
    const [quiet, loud] = [track.waveform[20] ?? 0, track.waveform[180] ?? 0];
    expect(loud / quiet).toBeCloseTo(4, 0);
  });

  it.each([
    ["repeated fields", { tags: ["a", "b"] }],
    ["a JSON list", { tags: '["a","b"]' }],
    ["with commas", { tags: "a, B，a" }],
    ["PHP brackets", { "tags[]": ["a", "b"] }],
  ])("accepts tags in each form encoding (%s)", async (_, fields) => {
    const user = await newUser();
    const { body } = await upload(user.token, uploadForm(toneWav(1), fields as Record<string, string>));
    expect(body.tags).toEqual(["a", "b"]);
    expect(body.title).toBe("a tone");
  });

  it("is recognised by its bytes: any other file is refused and leaves no object behind", async () => {
    const user = await newUser();
    const before = await objects();
    for (const file of ["<html>", "", "ID3", "RIFF"]) {
      const { status, body } = await upload<Refusal>(user.token, uploadForm(file));
      expect([status, body.error.code]).toEqual([415, "UNSUPPORTED_FORMAT"]);
    }
    const adpcm = waveOf(new Uint8Array(256), { tag: 17, bits: 4 });
    const refused = await upload<Refusal>(user.token, uploadForm(adpcm));
    expect([refused.status, refused.body.error.code]).toEqual([415, "UNSUPPORTED_FORMAT"]);
    expect(refused.body.error.message).toContain("WAV with the encoding IMA ADPCM is not supported");
    const form = new FormData();
    form.append("title", "nothing");
    expect((await upload<Refusal>(user.token, form)).body.error.message).toContain("file");
    for (const fields of [{ price: "-1" }, { visibility: "secret" }, { title: "x".repeat(201) }]) {
      const { status, body } = await upload<Refusal>(user.token, uploadForm(toneWav(1), fields));
      expect([status, body.error.code]).toEqual([400, "INVALID_REQUEST"]);
    }
    const cut = await request("/api/v1/audio/upload", {
      method: "POST",
      headers: { ...bearer(user), "content-type": "multipart/form-data; boundary=x" },
      body: new Blob([
        '--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n',
        toneWav(1),
        "\r\n--x\r\nContent-",
      ]),
    });
    expect(cut.status).toBe(400);
    expect(await objects()).toBe(before);
  });

  it("uses every form field, also those after twenty tags", async () => {
    const user = await newUser();
    const tags = Array.from({ length: 20 }, (_, i) => `tag ${i}`);
    const fields = { tags, title: "Mine", visibility: "private", price: "30" };
    const { status, body } = await upload(user.token, uploadForm(toneWav(1), fields));
    expect(status).toBe(201);
    expect(body).toMatchObject({ tags, title: "Mine", visibility: "private", price: 30 });
  });

  it("is refused with too many or too long form fields, and leaves no object behind", async () => {
    const user = await newUser();
    const before = await objects();
    const many = Array.from({ length: 60 }, () => "tag");
    for (const fields of [{ tags: many, price: "30" }, { description: "x".repeat(65 * 1_024) }]) {
      const { status, body } = await upload<Refusal>(user.token, uploadForm(toneWav(1), fields));
      expect([status, body.error.code]).toEqual([400, "INVALID_REQUEST"]);
    }
    // Also when the file precedes the fields.
    const form = uploadForm(toneWav(1));
    for (const tag of many) form.append("tags", tag);
    const behind = await upload<Refusal>(user.token, form);
    expect([behind.status, behind.body.error.message]).toEqual([
      400,
      expect.stringContaining("too many fields"),
    ]);
    expect(await objects()).toBe(before);
  });

  it("may have up to 100 MB and no more", async () => {
    const user = await newUser();
    const before = await objects();
    const { status, body } = await upload<Refusal>(
      user.token,
      uploadForm(new Uint8Array(100 * 1_024 * 1_024 + 1)),
    );
    expect([status, body.error.code]).toEqual([413, "FILE_TOO_LARGE"]);
    expect(await objects()).toBe(before);
  });

  it("warns about parts of the file that were not kept, and keeps joiners in its name", async () => {
    const user = await newUser();
    const name = "\u0639\u0644\u06cc\u200c\u0631\u0636\u0627 \ud83d\udc69\u200d\ud83d\udcbb";
    // An APIC frame without a readable picture.
    const frame = [
      ...new TextEncoder().encode("APIC"),
      ...[0, 0, 0, 17, 0, 0, 0],
      ...new TextEncoder().encode("image/png"),
      ...[0, 3, 0, 1, 2, 3, 4],
    ];
    const sound = new Uint8Array(417 * 8).map((_, i) => [0xff, 0xfb, 0x90, 0x64][i % 417] ?? 0);
    const file = Uint8Array.from([
      ...new TextEncoder().encode("ID3"),
      3,
      0,
      0,
      0,
      0,
      0,
      27,
      ...frame,
      ...sound,
    ]);
    const { status, body } = await upload(user.token, uploadForm(file, {}, `${name}\u202e.mp3`));
    expect([status, body.title, body.warnings]).toEqual([201, name, []]);
    await expect
      .poll(async () => (await audioOf(body.id, user.token)).body.warnings, {
        timeout: 15_000,
        interval: 500,
      })
      .toEqual(["cover_unreadable"]);
  });

  it.each([
    ["filename* before filename", "filename=\"x.wav\"; filename*=utf-8''%E6%AD%8C%E6%9B%B2.wav"],
    [".NET's encoded word", 'filename="=?utf-8?B?5q2M5puyLndhdg==?="'],
    ["raw UTF-8", 'filename="\u6b4c\u66f2.wav"'],
  ])("takes its title from the file name (%s)", async (_, names) => {
    const user = await newUser();
    const { status, body } = await requestJson<AudioWire>("/api/v1/audio/upload", {
      method: "POST",
      headers: { ...bearer(user), "content-type": "multipart/form-data; boundary=x" },
      body: new Blob([
        `--x\r\nContent-Disposition: form-data; name="file"; ${names}\r\n\r\n`,
        toneWav(1),
        "\r\n--x--\r\n",
      ]),
    });
    expect([status, body.title]).toEqual([201, "\u6b4c\u66f2"]);
  });

  it("fails when it contains no sound, and reports that to its owner", async () => {
    const user = await newUser();
    // The header of a FLAC file without frames.
    const broken = new Uint8Array(20_000);
    broken.set(flacOf20Bits([]));
    const { body } = await upload(user.token, uploadForm(broken));
    await expect
      .poll(async () => (await audioOf(body.id, user.token)).body.status, { timeout: 15_000 })
      .toBe("failed");
    expect((await audioOf(body.id)).status).toBe(404);
  });

  it("needs a caller with write access", async () => {
    const user = await newUser();
    expect((await request("/api/v1/audio/upload", { method: "POST", body: uploadForm("x") })).status).toBe(
      401,
    );
    const { key } = await newKey(user, { scopes: ["audio:read"] });
    const { status, body } = await upload<Refusal>(key, uploadForm(toneWav(1)));
    expect([status, body.error.code]).toEqual([403, "INSUFFICIENT_SCOPE"]);
  });
});

describe("a track", () => {
  let owner: SoraUser;
  let other: SoraUser;
  let track: AudioWire;

  beforeAll(async () => {
    [owner, other] = [await newUser(), await newUser()];
    track = await newTrack(owner, { title: "Rain" });
  });

  it("is visible to everyone while public, and only to its owner while private", async () => {
    expect((await audioOf(track.id)).body).toMatchObject({ id: track.id, purchased: false });
    const path = `/api/v1/audio/${track.id}`;
    const hidden = await requestJson<AudioWire>(
      path,
      as(owner, "PATCH", { visibility: "private", title: "Snow" }),
    );
    expect(hidden.body).toMatchObject({ title: "Snow", visibility: "private", description: "" });
    for (const who of [undefined, other.token]) expect((await audioOf(track.id, who)).status).toBe(404);
    expect((await request(`${path}/stream`)).status).toBe(404);
    // The owner's signed stream URL works for a player, which sends no token.
    const { body } = await audioOf(track.id, owner.token);
    expect((await request(body.streamUrl)).status).toBe(200);
    expect((await request(body.streamUrl.replace(/signature=../, "signature=00"))).status).toBe(404);
    expect((await request(body.streamUrl.replace("/stream", "/download"))).status).toBe(404);
    await requestJson(path, as(owner, "PATCH", { visibility: "public" }));
    expect((await audioOf(track.id)).status).toBe(200);
  });

  it("can be changed only by its owner", async () => {
    const path = `/api/v1/audio/${track.id}`;
    expect((await request(path, as(other, "PATCH", { title: "mine" }))).status).toBe(403);
    expect((await request(path, as(other, "DELETE"))).status).toBe(403);
    expect((await request(path, as(owner, "PATCH", { title: "" }))).status).toBe(400);
    expect((await request(path, as(owner, "PATCH", { user_id: 1, status: "failed" }))).status).toBe(200);
    expect((await audioOf(track.id)).body.status).toBe("ready");
    expect((await request("/api/v1/audio/audio_nothing", as(owner, "PATCH", { title: "x" }))).status).toBe(
      404,
    );
  });

  it("supports range and conditional requests, and downloads under its title", async () => {
    const whole = await request(track.streamUrl);
    const size = Number(whole.headers.get("content-length"));
    expect(whole.headers.get("content-type")).toBe("audio/wav");
    expect((await whole.arrayBuffer()).byteLength).toBe(size);
    const part = await request(track.streamUrl, { headers: { range: "bytes=10-19" } });
    expect([part.status, part.headers.get("content-range")]).toEqual([206, `bytes 10-19/${size}`]);
    const known = { "if-none-match": whole.headers.get("etag") ?? "" };
    expect((await request(track.streamUrl, { headers: known })).status).toBe(304);
    const beyond = await request(track.streamUrl, { headers: { range: `bytes=${size}-` } });
    expect([beyond.status, beyond.headers.get("content-range")]).toEqual([416, `bytes */${size}`]);
    expect(await beyond.json()).toMatchObject({ error: { code: "RANGE_NOT_SATISFIABLE" } });
    const download = await request(track.downloadUrl ?? "");
    expect(download.headers.get("content-disposition")).toMatch(/^attachment; filename="(Rain|Snow)\.wav"/);
  });

  it("counts a listener once a day", async () => {
    const path = `/api/v1/audio/${track.id}/plays`;
    const play = async (init: RequestInit) =>
      (await requestJson<{ playsCount: number }>(path, { method: "POST", ...init })).body.playsCount;
    expect(await play(as(other, "POST"))).toBe(1);
    expect(await play(as(other, "POST"))).toBe(1);
    const guest = { headers: { "cf-connecting-ip": "2001:db8:1:1::1" } };
    expect(await play(guest)).toBe(2);
    expect(await play({ headers: { "cf-connecting-ip": "2001:db8:1:1::2" } })).toBe(2);
    expect((await audioOf(track.id)).body.stats.playsCount).toBe(2);
    const profile = await requestJson<{ stats: Record<string, number> }>("/api/v1/users/me", as(owner));
    expect(profile.body.stats).toMatchObject({ tracksCount: 1, playsCount: 2 });
    expect((await request("/api/v1/audio/audio_nothing/plays", { method: "POST" })).status).toBe(404);
  });

  it("does not count listeners without access", async () => {
    const mine = await newTrack(owner, { visibility: "private" }, 1);
    const path = `/api/v1/audio/${mine.id}/plays`;
    for (const init of [{ method: "POST" }, as(other, "POST")])
      expect((await request(path, init)).status).toBe(404);
    expect((await audioOf(mine.id, owner.token)).body.stats.playsCount).toBe(0);
    expect((await request(path, as(owner, "POST"))).status).toBe(200);
    expect((await audioOf(mine.id, owner.token)).body.stats.playsCount).toBe(1);
  });

  it("is deleted with its file and disappears from every list", async () => {
    const user = await newUser();
    const mine = await newTrack(user, { genre: "vanishing" });
    const before = await objects();
    expect((await request(`/api/v1/audio/${mine.id}`, as(user, "DELETE"))).status).toBe(204);
    expect(await objects()).toBe(before - 1);
    expect((await audioOf(mine.id, user.token)).status).toBe(404);
    const { body } = await requestJson<PageWire<AudioWire>>("/api/v1/audio/popular?genre=vanishing");
    expect(body).toMatchObject({ data: [], total: 0 });
    const { results } = await env.DB.prepare(
      "SELECT tracks FROM audio_genres WHERE genre = 'vanishing'",
    ).all();
    expect(results).toEqual([{ tracks: 0 }]);
    const profile = await requestJson<{ stats: Record<string, number> }>("/api/v1/users/me", as(user));
    expect(profile.body.stats.tracksCount).toBe(0);
  });
});

describe("the sandbox", () => {
  it("is separate: only sandbox keys see its tracks", async () => {
    const user = await newUser();
    const { key } = await newKey(user, { environment: "sandbox" });
    const track = await newTrack({ token: key }, { genre: "sandy" });
    expect(track.status).toBe("ready");
    expect((await audioOf(track.id, key)).status).toBe(200);
    for (const who of [undefined, user.token]) expect((await audioOf(track.id, who)).status).toBe(404);
    const live = await newTrack(user);
    expect((await audioOf(live.id, key)).status).toBe(404);
    const own = await requestJson<PageWire<AudioWire>>("/api/v1/users/me/tracks", withKey(key));
    expect(own.body.data.map(({ id }) => id)).toEqual([track.id]);
    expect((await requestJson<PageWire<AudioWire>>("/api/v1/audio/popular?genre=sandy")).body.total).toBe(0);
    expect((await request(track.streamUrl)).status).toBe(200);
  });
});
