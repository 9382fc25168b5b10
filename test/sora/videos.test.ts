import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { hmacSha256Hex } from "../../src/lib/secrets.ts";
import { eventually, request, requestJson } from "../support/http.ts";
import { as, newUser, type SoraUser } from "../support/sora.ts";

interface Video {
  readonly id: string;
  readonly status: string;
  readonly progress: number;
  readonly videoUrl?: string;
  readonly thumbnailUrl?: string;
  readonly model?: string;
  readonly credits: number;
}

const PROMPT = "一只可爱的小猫在草地上玩耍";
const SHORT = { prompt: PROMPT, duration: 1 };

const generate = (user: SoraUser, body: unknown = SHORT, headers = {}) =>
  requestJson<Video>("/api/videos/generate", as(user, "POST", body, headers));
const videoOf = async (user: SoraUser, id: string) =>
  (await requestJson<Video>(`/api/videos/${id}`, as(user))).body;
const balanceOf = async (user: SoraUser) =>
  (await requestJson<{ balance: number }>("/api/credits/balance", as(user))).body.balance;
const settled = (user: SoraUser, id: string) =>
  eventually(async () => {
    const video = await videoOf(user, id);
    return ["COMPLETED", "FAILED", "CANCELLED"].includes(video.status) && video;
  });
const finished = async (user: SoraUser, body: unknown = SHORT) =>
  settled(user, (await generate(user, body)).body.id);
const objectsOf = async (id: string) =>
  (await env.MEDIA.list({ prefix: `generation/${id}/` })).objects.map(({ key }) => key);

describe("POST /api/videos/generate", () => {
  it("answers as documented, charges, and generates a video", async () => {
    const user = await newUser();
    const { status, body } = await generate(user, { prompt: PROMPT, duration: 2, aspectRatio: "16:9" });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      userId: user.id,
      prompt: PROMPT,
      status: "PENDING",
      duration: 2,
      createdAt: expect.any(String),
    });
    expect(await balanceOf(user)).toBe(48);
    const video = await settled(user, body.id);
    expect(video).toMatchObject({ status: "COMPLETED", progress: 100, model: "sandbox" });
    const media = await request(video.videoUrl ?? "");
    expect(media.headers.get("content-type")).toBe("video/webm");
    expect([...new Uint8Array(await media.arrayBuffer()).slice(0, 4)]).toEqual([0x1a, 0x45, 0xdf, 0xa3]);
    const thumbnail = await request(video.thumbnailUrl ?? "");
    expect(thumbnail.headers.get("content-type")).toBe("image/webp");
    expect(await balanceOf(user)).toBe(48);
  });

  it("charges in one transaction, after one database read for the session", async () => {
    const user = await newUser();
    const response = await request("/api/videos/generate", as(user, "POST", SHORT));
    expect(response.headers.get("server-timing")).toContain('d1;desc="2", do;desc="1"');
  });

  it("charges double for HD", async () => {
    const user = await newUser();
    expect((await generate(user, { ...SHORT, hd: true })).body.credits).toBe(2);
    expect(await balanceOf(user)).toBe(48);
  });

  it("never overdraws a wallet under concurrent requests", async () => {
    const user = await newUser();
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => generate(user, { prompt: PROMPT, duration: 10, hd: true })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 402, 402, 402, 402]);
    const refused = answers.find(({ status }) => status === 402);
    expect(refused?.body).toMatchObject({ error: "Insufficient Credits", statusCode: 402 });
    expect(await balanceOf(user)).toBe(10);
    for (const { status, body } of answers)
      if (status === 201) await request(`/api/videos/${body.id}/cancel`, as(user, "POST"));
  });

  it.each([
    ["no prompt", { duration: 5 }],
    ["an empty prompt", { prompt: "   " }],
    ["a prompt that is not a text", { prompt: 5 }],
    ["a duration of 0 seconds", { prompt: PROMPT, duration: 0 }],
    ["more seconds than its model makes", { prompt: PROMPT, duration: 11 }],
    ["an unsupported aspect ratio", { prompt: PROMPT, aspectRatio: "2:7" }],
    ["an unknown model", { prompt: PROMPT, model: "no-such-model" }],
  ])("refuses %s and charges nothing", async (_, body) => {
    const user = await newUser();
    const { status, body: answer } = await generate(user, body);
    expect(status).toBe(400);
    expect(answer).toMatchObject({ error: "Validation Error", statusCode: 400 });
    expect(await balanceOf(user)).toBe(50);
  });

  it("refuses invalid JSON with 400", async () => {
    const user = await newUser();
    const { status, body } = await requestJson("/api/videos/generate", {
      ...as(user, "POST", {}),
      body: "{not json",
    });
    expect(status).toBe(400);
    expect(body).toMatchObject({ statusCode: 400, message: "请求体不是有效的 JSON" });
  });

  it.each(["sora", "sora-1.0", "veo-2", "gen-4"])("still accepts the model name %s", async (model) => {
    const user = await newUser();
    expect((await generate(user, { ...SHORT, model })).status).toBe(201);
  });

  it("allows ten generations per hour and user", async () => {
    const user = await newUser();
    const answers = [];
    for (let i = 0; i < 11; i++) answers.push(await generate(user));
    expect(answers.map(({ status }) => status)).toEqual([...Array.from({ length: 10 }, () => 201), 429]);
    expect(answers[0]?.headers.get("x-ratelimit-limit")).toBe("10");
    expect(await balanceOf(user)).toBe(40);
    // Later tests need not wait until these videos are made.
    for (const { body } of answers.slice(0, 10))
      await requestJson(`/api/videos/${body.id}`, as(user, "DELETE"));
  });
});

describe("Idempotency-Key", () => {
  it("creates one video for a repeated request", async () => {
    const user = await newUser();
    const key = { "idempotency-key": "video-1" };
    const first = await generate(user, SHORT, key);
    const again = await generate(user, SHORT, key);
    expect(again.status).toBe(201);
    expect(again.body).toEqual(first.body);
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect(await balanceOf(user)).toBe(49);
  });

  it("creates one video for ten concurrent requests", async () => {
    const user = await newUser();
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => generate(user, SHORT, { "idempotency-key": "at-once" })),
    );
    expect(new Set(answers.filter(({ status }) => status === 201).map(({ body }) => body.id)).size).toBe(1);
    expect(answers.every(({ status }) => status === 201 || status === 409)).toBe(true);
    expect(await balanceOf(user)).toBe(49);
  });

  it("refuses the same key with another request", async () => {
    const user = await newUser();
    const key = { "idempotency-key": "video-2" };
    await generate(user, SHORT, key);
    const other = await generate(user, { ...SHORT, prompt: "something else" }, key);
    expect(other.status).toBe(422);
    expect(other.body).toMatchObject({ error: "Idempotency Error" });
  });

  it("does not store an invalid request", async () => {
    const user = await newUser();
    const key = { "idempotency-key": "video-3" };
    expect((await generate(user, { prompt: "" }, key)).status).toBe(400);
    expect((await generate(user, SHORT, key)).status).toBe(201);
  });
});

describe("GET /api/videos", () => {
  it("lists the caller's videos, newest first, in pages", async () => {
    const user = await newUser();
    const ids = [];
    for (let i = 0; i < 3; i++) ids.push((await generate(user)).body.id);
    const first = await requestJson<{ data: Video[]; pagination: unknown }>(
      "/api/videos?page=1&limit=2",
      as(user),
    );
    expect(first.body.data.map(({ id }) => id)).toEqual([ids[2], ids[1]]);
    expect(first.body.pagination).toEqual({ page: 1, limit: 2, total: 3, totalPages: 2 });
    const second = await requestJson<{ data: Video[] }>("/api/videos?page=2&limit=2", as(user));
    expect(second.body.data.map(({ id }) => id)).toEqual([ids[0]]);
  });

  it.each(["page=0", "limit=101", "limit=0", "page=x", "status=DONE"])("refuses %s", async (query) => {
    const user = await newUser();
    expect((await requestJson(`/api/videos?${query}`, as(user))).status).toBe(400);
  });

  it("filters by status", async () => {
    const user = await newUser();
    const video = await finished(user);
    const done = await requestJson<{ data: Video[] }>("/api/videos?status=COMPLETED", as(user));
    expect(done.body.data.map(({ id }) => id)).toEqual([video.id]);
    const failed = await requestJson<{ data: Video[] }>("/api/videos?status=FAILED", as(user));
    expect(failed.body.data).toEqual([]);
  });
});

describe("another account's video", () => {
  it.each([
    ["GET", ""],
    ["GET", "/status"],
    ["GET", "/download"],
    ["DELETE", ""],
    ["POST", "/cancel"],
    ["POST", "/regenerate"],
    ["POST", "/share"],
  ])("is not found by %s %s", async (method, path) => {
    const [owner, stranger] = await Promise.all([newUser(), newUser()]);
    const { body } = await generate(owner);
    const answer = await requestJson(`/api/videos/${body.id}${path}`, as(stranger, method));
    expect(answer.status).toBe(404);
    expect(answer.body).toMatchObject({ error: "Not Found", statusCode: 404 });
    expect(await balanceOf(stranger)).toBe(50);
  });
});

describe("GET /api/videos/:id/status", () => {
  it("reports progress that never decreases", async () => {
    const user = await newUser();
    const { body } = await generate(user, { prompt: PROMPT, duration: 5 });
    const seen: number[] = [];
    await eventually(async () => {
      const { body: now } = await requestJson<Video>(`/api/videos/${body.id}/status`, as(user));
      expect(Object.keys(now)).toEqual(
        expect.arrayContaining(["id", "status", "progress", "estimatedTimeRemaining"]),
      );
      seen.push(now.progress);
      return now.status === "COMPLETED";
    });
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.at(-1)).toBe(100);
  });
});

describe("POST /api/videos/:id/cancel", () => {
  it("refunds once, also when it is repeated", async () => {
    const user = await newUser();
    const { body } = await generate(user, { prompt: PROMPT, duration: 10, hd: true });
    expect(await balanceOf(user)).toBe(30);
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => requestJson<Video>(`/api/videos/${body.id}/cancel`, as(user, "POST"))),
    );
    expect(answers.map(({ status, body: video }) => [status, video.status])).toEqual(
      Array.from({ length: 5 }, () => [200, "CANCELLED"]),
    );
    expect(await balanceOf(user)).toBe(50);
    const { body: ledger } = await requestJson<{ data: { type: string }[] }>(
      "/api/credits/transactions",
      as(user),
    );
    expect(ledger.data.map(({ type }) => type)).toEqual(["REFUND", "CONSUME", "REWARD"]);
  });

  it("keeps a video cancelled while it is being made, and leaves no object", async () => {
    const user = await newUser();
    const { body } = await generate(user, { prompt: PROMPT, duration: 10, hd: true });
    await eventually(async () => (await videoOf(user, body.id)).status === "PROCESSING");
    await request(`/api/videos/${body.id}/cancel`, as(user, "POST"));
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect((await videoOf(user, body.id)).status).toBe("CANCELLED");
    expect(await objectsOf(body.id)).toEqual([]);
    expect(await balanceOf(user)).toBe(50);
  });

  it("is refused once the video is finished", async () => {
    const user = await newUser();
    const video = await finished(user);
    const { status, body } = await requestJson(`/api/videos/${video.id}/cancel`, as(user, "POST"));
    expect(status).toBe(409);
    expect(body).toMatchObject({ error: "Conflict" });
    expect(await balanceOf(user)).toBe(49);
  });
});

describe("DELETE /api/videos/:id", () => {
  it("removes the row and the objects", async () => {
    const user = await newUser();
    const video = await finished(user);
    expect(await objectsOf(video.id)).toHaveLength(2);
    expect((await request(`/api/videos/${video.id}`, as(user, "DELETE"))).status).toBe(200);
    expect((await request(`/api/videos/${video.id}`, as(user))).status).toBe(404);
    expect(await objectsOf(video.id)).toEqual([]);
    expect((await request(video.videoUrl ?? "")).status).toBe(404);
  });

  it("cancels and refunds a video in progress", async () => {
    const user = await newUser();
    const { body } = await generate(user, { prompt: PROMPT, duration: 10, hd: true });
    expect((await request(`/api/videos/${body.id}`, as(user, "DELETE"))).status).toBe(200);
    expect((await request(`/api/videos/${body.id}`, as(user))).status).toBe(404);
    expect(await balanceOf(user)).toBe(50);
  });
});

describe("POST /api/videos/:id/regenerate", () => {
  it("makes another video from the same prompt and charges again", async () => {
    const user = await newUser();
    const video = await finished(user);
    const { status, body } = await requestJson<Video & { prompt: string }>(
      `/api/videos/${video.id}/regenerate`,
      as(user, "POST"),
    );
    expect(status).toBe(201);
    expect(body.id).not.toBe(video.id);
    expect(body.prompt).toBe(PROMPT);
    expect(await balanceOf(user)).toBe(48);
    await settled(user, body.id);
  });
});

describe("GET /api/videos/:id/download", () => {
  it("names the file after its prompt, in UTF-8", async () => {
    const user = await newUser();
    const video = await finished(user);
    const response = await request(`/api/videos/${video.id}/download`, as(user));
    expect(response.status).toBe(200);
    expect(response.headers.get("content-disposition")).toBe(
      `attachment; filename="_.webm"; filename*=UTF-8''${encodeURIComponent(`${PROMPT}.webm`)}`,
    );
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    expect((await response.arrayBuffer()).byteLength).toBe(Number(response.headers.get("content-length")));
  });

  it("supports range and conditional requests", async () => {
    const user = await newUser();
    const video = await finished(user);
    const path = `/api/videos/${video.id}/download`;
    const whole = await request(path, as(user));
    const bytes = new Uint8Array(await whole.arrayBuffer());
    const with_ = (headers: Record<string, string>) => request(path, as(user, "GET", undefined, headers));
    const middle = await with_({ range: "bytes=10-19" });
    expect(middle.status).toBe(206);
    expect(middle.headers.get("content-range")).toBe(`bytes 10-19/${bytes.length}`);
    expect(new Uint8Array(await middle.arrayBuffer())).toEqual(bytes.slice(10, 20));
    const tail = await with_({ range: "bytes=-5" });
    expect(new Uint8Array(await tail.arrayBuffer())).toEqual(bytes.slice(-5));
    const rest = await with_({ range: `bytes=${bytes.length - 3}-` });
    expect(new Uint8Array(await rest.arrayBuffer())).toEqual(bytes.slice(-3));
    const beyond = await with_({ range: `bytes=${bytes.length}-` });
    expect([beyond.status, beyond.headers.get("content-range")]).toEqual([416, `bytes */${bytes.length}`]);
    expect(await beyond.json()).toMatchObject({ statusCode: 416, message: expect.any(String) });
    const head = await request(path, as(user, "HEAD", undefined, { range: "bytes=10-19" }));
    expect([head.status, head.headers.get("content-length")]).toEqual([200, String(bytes.length)]);
    expect(head.headers.get("content-range")).toBeNull();
    const etag = whole.headers.get("etag") ?? "";
    expect((await with_({ "if-none-match": etag })).status).toBe(304);
    expect((await with_({ range: "bytes=0-1", "if-range": etag })).status).toBe(206);
    const stale = await with_({ range: "bytes=0-1", "if-range": '"another"' });
    expect([stale.status, (await stale.arrayBuffer()).byteLength]).toEqual([200, bytes.length]);
  });

  it("answers 409 before the video is finished", async () => {
    const user = await newUser();
    const { body } = await generate(user, { prompt: PROMPT, duration: 10, hd: true });
    expect((await request(`/api/videos/${body.id}/download`, as(user))).status).toBe(409);
    await request(`/api/videos/${body.id}/cancel`, as(user, "POST"));
  });
});

describe("the signed URL of a video", () => {
  it("is 404 after any alteration", async () => {
    const user = await newUser();
    const video = await finished(user);
    const url = new URL(video.videoUrl ?? "");
    url.searchParams.set("expires", String(Number(url.searchParams.get("expires")) + 1));
    expect((await request(url.href)).status).toBe(404);
    url.searchParams.delete("signature");
    expect((await request(url.href)).status).toBe(404);
  });

  it("of the release before, which signed with the secret itself, is valid until it expires", async () => {
    const user = await newUser();
    const video = await finished(user);
    const url = new URL(video.videoUrl ?? "");
    const [, , , id, part] = url.pathname.split("/");
    const text = `media:${id}:${part}:${url.searchParams.get("expires")}`;
    url.searchParams.set("signature", await hmacSha256Hex(env.JWT_SECRET ?? "", text));
    expect((await request(url.href)).status).toBe(200);
  });
});

describe("sharing", () => {
  it("returns a public page with a player and preview metadata for chats", async () => {
    const user = await newUser();
    const video = await finished(user, { prompt: 'A <cat> & "dog"', duration: 1 });
    const { body } = await requestJson<{ shareUrl: string }>(
      `/api/videos/${video.id}/share`,
      as(user, "POST"),
    );
    const again = await requestJson<{ shareUrl: string }>(`/api/videos/${video.id}/share`, as(user, "POST"));
    expect(again.body.shareUrl).toBe(body.shareUrl);
    expect(body.shareUrl).toMatch(/\/share\/[\w-]{43}$/);
    const page = await (await request(body.shareUrl, { headers: { "accept-language": "en" } })).text();
    expect(page).toContain('<meta property="og:video"');
    expect(page).toContain("A &lt;cat&gt; &amp; &quot;dog&quot;");
    expect(page).not.toContain("<cat>");
    const media = await request(`${body.shareUrl}/video`, { headers: { range: "bytes=0-3" } });
    expect(media.status).toBe(206);
    expect((await request(`${body.shareUrl}/thumbnail`)).status).toBe(200);
  });

  it("ends at once when it is revoked, and a new link differs", async () => {
    const user = await newUser();
    const video = await finished(user);
    const share = () => requestJson<{ shareUrl: string }>(`/api/videos/${video.id}/share`, as(user, "POST"));
    const before = (await share()).body.shareUrl;
    expect((await request(`/api/videos/${video.id}/share`, as(user, "DELETE"))).status).toBe(200);
    expect((await request(before)).status).toBe(404);
    expect((await request(`${before}/video`)).status).toBe(404);
    expect((await share()).body.shareUrl).not.toBe(before);
  });

  it("is refused for unfinished videos", async () => {
    const user = await newUser();
    const { body } = await generate(user, { prompt: PROMPT, duration: 10, hd: true });
    expect((await request(`/api/videos/${body.id}/share`, as(user, "POST"))).status).toBe(409);
    await request(`/api/videos/${body.id}/cancel`, as(user, "POST"));
  });
});

/** Parses the `data:` lines of a stream. */
const eventsOf = (text: string): { status: string; progress: number; videoUrl?: string }[] =>
  text.split("\n").flatMap((line) => (line.startsWith("data: ") ? [JSON.parse(line.slice(6))] : []));

describe("POST /api/videos/generate-stream", () => {
  it("sends each change until the video is finished", async () => {
    const user = await newUser();
    const response = await request(
      "/api/videos/generate-stream",
      as(user, "POST", { prompt: PROMPT, duration: 4 }),
    );
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    const events = eventsOf(await response.text());
    expect(events[0]).toMatchObject({ progress: 0 });
    expect(events.length).toBeGreaterThan(5);
    const progress = events.map((event) => event.progress);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    expect(events.at(-1)).toMatchObject({ status: "COMPLETED", progress: 100, videoUrl: expect.any(String) });
  });

  it("answers an error before it starts the stream", async () => {
    const user = await newUser();
    const { status, body } = await requestJson("/api/videos/generate-stream", as(user, "POST", {}));
    expect(status).toBe(400);
    expect(body).toMatchObject({ error: "Validation Error" });
  });

  it("does not cancel the video when the client disconnects", async () => {
    const user = await newUser();
    const response = await request("/api/videos/generate-stream", as(user, "POST", SHORT));
    await response.body?.cancel();
    const { body } = await requestJson<{ data: Video[] }>("/api/videos", as(user));
    expect((await settled(user, body.data[0]?.id ?? "")).status).toBe("COMPLETED");
  });

  it("streams the same video again under the same Idempotency-Key", async () => {
    const user = await newUser();
    const key = { "idempotency-key": "stream-1" };
    const once = () => request("/api/videos/generate-stream", as(user, "POST", SHORT, key));
    const first = eventsOf(await (await once()).text());
    const second = eventsOf(await (await once()).text());
    expect(second.at(-1)).toMatchObject({ status: "COMPLETED" });
    expect(second).toHaveLength(1);
    expect((first.at(-1) as unknown as Video).id).toBe((second.at(-1) as unknown as Video).id);
    expect(await balanceOf(user)).toBe(49);
  });
});
