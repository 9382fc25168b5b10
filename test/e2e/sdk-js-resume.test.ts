import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { LoopspaceClient, NewAudio } from "../../sdk/loopspace-js/src/index.ts";
import { type Fake, serveFake } from "../support/fakes/http.ts";
import { type Consumer, newConsumer } from "./sdk-js-consumer.ts";

const UPLOAD_URL = "https://elsewhere.example/api/v1/audio/uploads/up_1";
const AUDIO = { id: "audio_1", title: "song" };

describe("resumed uploads of the JavaScript SDK", () => {
  let consumer: Consumer;
  let fake: Fake;
  /** The state of the fake platform's upload. */
  let known = { length: 0, offset: 0 };
  let asked: string[] = [];

  beforeAll(async () => {
    consumer = await newConsumer();
    fake = await serveFake(({ method, url, headers, body }) => {
      asked.push(`${method} ${url.pathname}`);
      if (method === "GET" || url.pathname.endsWith("/upload")) return { status: 200, body: AUDIO };
      if (method === "POST") {
        known = { length: Number(headers["upload-length"]), offset: 0 };
        return { status: 201, headers: { location: UPLOAD_URL } };
      }
      if (method === "PATCH") known.offset += Buffer.byteLength(body);
      const made =
        known.offset === known.length ? { "content-location": "/api/v1/audio/audio_1" } : undefined;
      return {
        status: method === "HEAD" ? 200 : 204,
        headers: { "upload-length": String(known.length), "upload-offset": String(known.offset), ...made },
      };
    });
  });

  beforeEach(() => {
    known = { length: 0, offset: 0 };
    asked = [];
  });

  afterAll(() => {
    fake?.stop();
    consumer?.remove();
  });

  const newClient = (): LoopspaceClient =>
    new consumer.sdk.LoopspaceClient({ apiKey: "lsk_live_x", baseUrl: fake.origin });
  const upload = (audio: Partial<NewAudio>) =>
    newClient().audio.upload({ file: new Blob(["0123456789"]), ...audio });

  it("send the rest of the same file", async () => {
    known = { length: 10, offset: 6 };
    expect(await upload({ uploadUrl: UPLOAD_URL })).toEqual(AUDIO);
    expect(known.offset).toBe(10);
    expect(asked).toEqual([
      "HEAD /api/v1/audio/uploads/up_1",
      "PATCH /api/v1/audio/uploads/up_1",
      "GET /api/v1/audio/audio_1",
    ]);
  });

  it.each([9, 11, 0])("send nothing of a file of 10 bytes when the upload has %d", async (length) => {
    known = { length, offset: 0 };
    await expect(upload({ uploadUrl: UPLOAD_URL })).rejects.toMatchObject({
      name: "LoopspaceError",
      code: "FILE_CHANGED",
    });
    expect(asked).toEqual(["HEAD /api/v1/audio/uploads/up_1"]);
  });

  it("begin a new upload when the caller has no stored URL", async () => {
    expect(await upload({ uploadUrl: null })).toEqual(AUDIO);
    expect(asked).toEqual(["POST /api/v1/audio/upload"]);
  });

  it("send nothing before their URL is stored, and nothing when storing fails", async () => {
    const file = new Blob([new Uint8Array(11_000_000)]);
    const kept: number[] = [];
    const onUploadUrl = async () => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      kept.push(asked.length);
    };
    expect(await upload({ file, onUploadUrl })).toEqual(AUDIO);
    expect(kept).toEqual([1]);
    asked = [];
    const full = new Error("the storage is full");
    await expect(upload({ file, onUploadUrl: () => Promise.reject(full) })).rejects.toBe(full);
    expect(asked).toEqual(["POST /api/v1/audio/uploads"]);
  });

  it("are refused with an invalid upload URL", async () => {
    for (const uploadUrl of [
      "",
      "http://[",
      "https://example.com/",
      "/api/v1/audio/uploads/a/b",
      "uploads/..",
    ])
      await expect(upload({ uploadUrl })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    expect(asked).toEqual([]);
  });

  it.each([
    ["throws", "() => { throw new Error('a listener'); }"],
    ["fails later", "async () => { throw new Error('a listener'); }"],
  ])("complete, and the process too, when a listener %s", async (_, listener) => {
    const source = `import { LoopspaceClient } from "@loopspace/sdk";
      const said = [];
      console.error = (error) => said.push(error.message);
      const client = new LoopspaceClient();
      const audio = await client.audio.upload({ file: new Blob(["0123456789"]), onProgress: ${listener} });
      const reported = [];
      globalThis.reportError = (error) => reported.push(error.message);
      await client.audio.upload({ file: new Blob([new Uint8Array(11_000_000)]), onProgress: ${listener} });
      console.log(JSON.stringify({ audio, said, reported }));`;
    const env = { LOOPSPACE_API_KEY: "lsk_live_x", LOOPSPACE_BASE_URL: fake.origin };
    const { audio, said, reported } = (await consumer.run("listener.mjs", source, env)) as Told;
    expect(audio).toEqual(AUDIO);
    for (const told of [said, reported]) {
      expect(told.length).toBeGreaterThan(1);
      expect(new Set(told)).toEqual(new Set(["a listener"]));
    }
  });
});

interface Told {
  readonly audio: unknown;
  readonly said: readonly string[];
  readonly reported: readonly string[];
}
