import { createReadStream, openAsBlob, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LoopspaceClient, NewAudio } from "../../sdk/loopspace-js/src/index.ts";
import { startCuttingProxy } from "../support/cutting-proxy.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { type Account, type Consumer, newAccount, newConsumer, noiseWav, VARS } from "./sdk-js-consumer.ts";

const MB = 1_000_000;

describe("uploads of the JavaScript SDK", () => {
  let consumer: Consumer;
  let server: TestServer;
  let account: Account;
  const wav = noiseWav(30 * MB);
  let file = "";

  beforeAll(async () => {
    const vars = { ...VARS, LOOPSPACE_FREE_LIMIT: "100000" };
    [consumer, server] = await Promise.all([newConsumer(), startServer({ vars })]);
    account = await newAccount(server);
    file = join(consumer.folder, "noise.wav");
    writeFileSync(file, wav);
  });

  afterAll(async () => {
    consumer?.remove();
    await server?.stop();
  });

  const clientAt = (baseUrl: string, options: object = {}): LoopspaceClient =>
    new consumer.sdk.LoopspaceClient({ apiKey: account.key, baseUrl, ...options });

  const expectSameBytes = async (audioId: string): Promise<void> => {
    const answer = await clientAt(server.origin).audio.download(audioId);
    expect(Buffer.from(await answer.arrayBuffer()).equals(Buffer.from(wav))).toBe(true);
  };

  const sources: Record<string, () => Promise<Pick<NewAudio, "file" | "size">>> = {
    bytes: async () => ({ file: wav }),
    "a file of the disk": async () => ({ file: await openAsBlob(file) }),
    "a stream of the web": async () => ({ file: new Blob([wav]).stream(), size: wav.length }),
    "a stream of Node": async () => ({ file: createReadStream(file), size: wav.length }),
  };

  it.each(Object.entries(sources))(
    "resume after a connection is cut twice, report their progress, and transfer the same bytes: %s",
    async (name, source) => {
      const proxy = await startCuttingProxy(server.port, [7 * MB, 19 * MB]);
      try {
        const told: number[] = [];
        const { id, title } = await clientAt(proxy.origin).audio.upload({
          ...(await source()),
          title: `from ${name}`,
          onProgress: ({ loaded, total }) => {
            expect(total).toBe(wav.length);
            told.push(loaded);
          },
        });
        expect(title).toBe(`from ${name}`);
        expect(proxy.cuts()).toBe(2);
        await expectSameBytes(id);
        expect([told[0], told.at(-1)]).toEqual([0, wav.length]);
        expect(told).toEqual(told.toSorted((a, b) => a - b));
        expect(told.length).toBeGreaterThan(50);
        // A full restart would take 56 MB.
        expect(proxy.passed()).toBeLessThan(45 * MB);
      } finally {
        await proxy.close();
      }
    },
  );

  it("resume in another call with the URL of the upload", async () => {
    const abort = new AbortController();
    let uploadUrl = "";
    const client = clientAt(server.origin);
    const given = { file: new Blob([wav]), title: "begun and ended" };
    const reason = new Error("the page was closed");
    const begun = client.audio.upload(
      {
        ...given,
        onUploadUrl: (url) => {
          uploadUrl = url;
        },
        onProgress: ({ loaded }) => {
          if (loaded > 12 * MB) abort.abort(reason);
        },
      },
      { signal: abort.signal },
    );
    await expect(begun).rejects.toBe(reason);

    const proxy = await startCuttingProxy(server.port, []);
    try {
      const told: number[] = [];
      const onProgress = ({ loaded }: { loaded: number }) => void told.push(loaded);
      const { id, title } = await clientAt(proxy.origin).audio.upload({ ...given, uploadUrl, onProgress });
      expect(title).toBe("begun and ended");
      expect(told[0]).toBeGreaterThan(8 * MB);
      // The first piece is not sent again.
      expect(proxy.passed()).toBeLessThan(23 * MB);
      await expectSameBytes(id);
      // The upload is complete, so a repeated call returns the same track.
      expect((await client.audio.upload({ ...given, uploadUrl })).id).toBe(id);
    } finally {
      await proxy.close();
    }
  });

  it("transfer the same bytes also when the runtime reports no progress", async () => {
    // With a custom fetch, progress is reported for each piece.
    const own = clientAt(server.origin, { fetch: (url: string, init: RequestInit) => fetch(url, init) });
    const told: number[] = [];
    const onProgress = ({ loaded }: { loaded: number }) => void told.push(loaded);
    const { id } = await own.audio.upload({ file: wav, onProgress });
    const piece = 8 * 1_024 * 1_024;
    expect(told).toEqual([0, piece, 2 * piece, 3 * piece, wav.length]);
    await expectSameBytes(id);
  });

  it("are refused for their size before anything is sent", async () => {
    const proxy = await startCuttingProxy(server.port, []);
    try {
      const tooLarge = new Blob([new Uint8Array(101 * 1_024 * 1_024)]);
      await expect(clientAt(proxy.origin).audio.upload({ file: tooLarge })).rejects.toMatchObject({
        code: "FILE_TOO_LARGE",
        status: 413,
      });
      expect(proxy.passed()).toBeLessThan(10_000);
    } finally {
      await proxy.close();
    }
  });

  it("are refused after their last byte when they are not audio", async () => {
    const upload = clientAt(server.origin).audio.upload({ file: new Blob([new Uint8Array(11 * MB)]) });
    await expect(upload).rejects.toMatchObject({ code: "UNSUPPORTED_FORMAT", status: 415 });
  });

  it("are refused when a stream differs from its declared size", async () => {
    const client = clientAt(server.origin);
    for (const size of [wav.length - 1, wav.length + 1])
      await expect(client.audio.upload({ file: createReadStream(file), size })).rejects.toMatchObject({
        code: "INVALID_ARGUMENT",
        message: expect.stringContaining(String(size)),
      });
    for (const wrong of [{ file: new Blob().stream() }, { file: "noise.wav" }, { file: {} }])
      await expect(client.audio.upload(wrong as NewAudio)).rejects.toMatchObject({
        code: "INVALID_ARGUMENT",
      });
  });
});
