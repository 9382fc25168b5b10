import { createHash, randomBytes } from "node:crypto";
import { Upload, type UploadOptions } from "tus-js-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startCuttingProxy } from "../support/cutting-proxy.ts";
import { startServer, type TestServer } from "../support/server.ts";

const MB = 1_000_000;
const PATH = "/api/v1/media/uploads";

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** Returns the header of a WAV file of this size: 44.1 kHz, two channels of 16 bits. */
const wavHead = (length: number): Buffer => {
  const fields = Buffer.alloc(44);
  fields.write("RIFF");
  fields.write("WAVEfmt ", 8);
  fields.write("data", 36);
  fields.writeUInt32LE(length - 8, 4);
  fields.writeUInt32LE(16, 16);
  fields.writeUInt16LE(1, 20);
  fields.writeUInt16LE(2, 22);
  fields.writeUInt32LE(44_100, 24);
  fields.writeUInt32LE(176_400, 28);
  fields.writeUInt16LE(4, 32);
  fields.writeUInt16LE(16, 34);
  fields.writeUInt32LE(length - 44, 40);
  return fields;
};

describe("tus-js-client", () => {
  let server: TestServer;
  let token: string;
  let meetingId: number;

  const call = async <T>(path: string, body: object): Promise<T> => {
    const answer = await fetch(`${server.origin}/api/v1${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
    });
    expect(answer.ok, await answer.clone().text()).toBe(true);
    return ((await answer.json()) as { data: T }).data;
  };

  beforeAll(async () => {
    server = await startServer();
    const password = "a good password";
    await call("/auth/register", {
      username: "uploader",
      email: "uploader@example.com",
      password,
      full_name: "Uploader",
    });
    token = (await call<{ access_token: string }>("/auth/login", { username: "uploader", password }))
      .access_token;
    meetingId = (
      await call<{ meeting_id: number }>("/meetings", { title: "Recorded", is_recording_enabled: true })
    ).meeting_id;
  });

  afterAll(async () => {
    await server?.stop();
  });

  /** Uploads through `origin` and returns the location of the file. */
  const upload = (origin: string, bytes: Buffer, options: Partial<UploadOptions> = {}): Promise<string> =>
    new Promise((resolve, reject) => {
      let location = "";
      new Upload(bytes, {
        endpoint: `${origin}${PATH}`,
        headers: { authorization: `Bearer ${token}` },
        metadata: { filename: "film.webm", meeting_id: String(meetingId) },
        // Long enough for a restart of the server.
        retryDelays: Array.from({ length: 60 }, () => 1_000),
        onAfterResponse: (_, response) => {
          location = response.getHeader("content-location") ?? location;
        },
        onError: reject,
        onSuccess: () => resolve(location),
        ...options,
      }).start();
    });

  const download = async (location: string): Promise<Buffer> => {
    const { pathname } = new URL(location);
    const answer = await fetch(server.origin + pathname, { headers: { authorization: `Bearer ${token}` } });
    expect(answer.status).toBe(200);
    return Buffer.from(await answer.arrayBuffer());
  };

  /** Options for an upload that becomes a track, which must be audio, instead of a recording. */
  const AS_TRACK: Partial<UploadOptions> = { metadata: { filename: "noise.wav", title: "Noise" } };

  it.each([
    ["of a recording, in one request", false, Number.POSITIVE_INFINITY],
    ["of a recording, in chunks of 20 MB", false, 20 * MB],
    ["of a track, in one request", true, Number.POSITIVE_INFINITY],
  ])(
    "uploads 90 MB %s, over a connection that is cut twice, and the same bytes arrive",
    async (_, isTrack, chunkSize) => {
      const bytes = randomBytes(90 * MB);
      if (isTrack) bytes.set(wavHead(bytes.length));
      const proxy = await startCuttingProxy(server.port, [25 * MB, 61 * MB]);
      try {
        const location = await upload(proxy.origin, bytes, {
          chunkSize,
          ...(isTrack && { ...AS_TRACK, endpoint: `${proxy.origin}/api/v1/audio/uploads` }),
        });
        expect(proxy.cuts()).toBe(2);
        const arrived = await download(isTrack ? `${location}/download` : location);
        expect(arrived.length).toBe(bytes.length);
        expect(sha256(arrived)).toBe(sha256(bytes));
        // Bytes that had arrived are not sent again, except those in the buffers of two sockets. A full restart would
        // take 151 MB.
        expect(proxy.passed()).toBeLessThan(130 * MB);
      } finally {
        await proxy.close();
      }
    },
  );

  it("resumes an upload after the server was killed", async () => {
    const bytes = randomBytes(60 * MB);
    let kill: Promise<void> | undefined;
    const { port, stateDir } = server;
    const location = await upload(server.origin, bytes, {
      chunkSize: 8 * MB,
      onChunkComplete: (_, accepted) => {
        if (accepted < 20 * MB) return;
        kill ??= (async () => {
          await server.kill();
          server = await startServer({ port, stateDir });
        })();
      },
    });
    await kill;
    expect(kill).toBeDefined();
    expect(sha256(await download(location))).toBe(sha256(bytes));
  });
});
