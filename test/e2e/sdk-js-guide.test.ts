import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apiDocument, codeBlocks } from "../support/documents.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { type Consumer, newAccount, newConsumer, noiseWav, silentMp3, VARS } from "./sdk-js-consumer.ts";

const document = apiDocument("loopspace");
const blocks = codeBlocks(document ?? "", "javascript");
/** Returns the only snippet of the guide that contains a text. */
const snippetWith = (text: string): string => {
  const found = blocks.filter((block) => block.includes(text));
  if (found.length !== 1) throw new Error(`${found.length} snippets have ${text}`);
  return found[0] ?? "";
};

let consumer: Consumer;
let server: TestServer;

beforeAll(async () => {
  [consumer, server] = await Promise.all([newConsumer(), startServer({ vars: VARS })]);
  writeFileSync(join(consumer.folder, "song.mp3"), silentMp3(50));
});

afterAll(async () => {
  consumer?.remove();
  await server?.stop();
});

/** Runs a program. The SDK gets the server's URL from the environment. */
const run = (name: string, source: string): Promise<unknown> =>
  consumer.run(name, source, { LOOPSPACE_BASE_URL: server.origin });

describe.skipIf(!document)("the guide's own snippets", () => {
  it("upload a track and get a user", async () => {
    const { key, id, username } = await newAccount(server);
    // The test supplies a key and a user for the placeholders of the guide, and the file.
    const snippet = snippetWith("client.users.get(").replace("your_api_key", key).replace("user_id", id);
    const answer = await run(
      "quick-start.mjs",
      `import { openAsBlob } from "node:fs";
       const audioFile = await openAsBlob("song.mp3");
       ${snippet}
       console.log(JSON.stringify({ audio, user }));`,
    );
    expect(answer).toMatchObject({
      audio: { title: "我的新作品", tags: ["electronic", "chill"], user: { id } },
      user: { id, username, stats: { followersCount: 0 } },
    });
  });

  it("authenticate with an API key", async () => {
    const { key, id } = await newAccount(server);
    // The test supplies the key and a request.
    const answer = await run(
      "headers.mjs",
      `${snippetWith("const headers").replace("your_api_key", key)}
       const answer = await fetch("${server.origin}/api/v1/users/me", { headers });
       console.log(JSON.stringify(await answer.json()));`,
    );
    expect(answer).toMatchObject({ id });
  });

  it("get all of a user's tracks, page by page", async () => {
    const { key, id } = await newAccount(server);
    const { LoopspaceClient } = consumer.sdk;
    const client = new LoopspaceClient({ apiKey: key, baseUrl: server.origin });
    const file = new Blob([noiseWav(2_000)]);
    // One more than the page size of the guide.
    const titles = Array.from({ length: 51 }, (_, i) => `track ${i}`);
    for (const title of titles) await client.audio.upload({ file, title });
    // The test supplies the client and the user.
    const answer = await run(
      "pages.mjs",
      `import { LoopspaceClient } from "@loopspace/sdk";
       const client = new LoopspaceClient({ apiKey: "${key}", environment: "production" });
       ${snippetWith("getAllUserTracks")}
       const tracks = await getAllUserTracks("${id}");
       console.log(JSON.stringify(tracks.map(({ title }) => title)));`,
    );
    expect((answer as string[]).toSorted()).toEqual(titles.toSorted());
  });

  it("cache users", async () => {
    const { key, id, username } = await newAccount(server);
    // The test supplies the client under the guide's name, and a Map instead of Redis.
    consumer.write(
      "node_modules/redis/index.js",
      `const kept = new Map();
       exports.createClient = () => ({
         get: async (key) => kept.get(key) ?? null,
         setex: async (key, seconds, value) => void kept.set(key, value),
       });`,
    );
    const answer = await run(
      "cache.cjs",
      `const { LoopspaceClient } = require("@loopspace/sdk");
       let asked = 0;
       const loopspaceClient = new LoopspaceClient({
         apiKey: "${key}",
         fetch: (...given) => (asked++, fetch(...given)),
       });
       ${snippetWith("getCachedUser")}
       (async () => {
         const users = [await getCachedUser("${id}"), await getCachedUser("${id}")];
         console.log(JSON.stringify({ users, asked }));
       })();`,
    );
    expect(answer).toEqual({ users: [expect.objectContaining({ username }), expect.anything()], asked: 1 });
  });

  it("compress a file that is too large", async () => {
    const { key } = await newAccount(server);
    const answer = await run(
      "too-large.mjs",
      handlingErrors(key, `new Blob([new Uint8Array(101 * 2 ** 20)])`),
    );
    expect(answer).toMatchObject({ result: { title: "mine", metadata: { size: silentMp3(50).length } } });
  });
});

/**
 * The error handling of the guide. The test supplies a client that leaves 429 to the guide's code, the data to
 * upload, a compression (of a file that is already small), and a function around the snippet, because it uses return.
 */
const handlingErrors = (key: string, file: string): string =>
  `import { openAsBlob } from "node:fs";
   import { LoopspaceClient } from "@loopspace/sdk";
   const client = new LoopspaceClient({ apiKey: "${key}", maxRetryWait: 500 });
   const audioData = { file: ${file}, title: "mine" };
   const compressAudio = () => openAsBlob("song.mp3");
   const from = Date.now();
   const result = await (async () => { ${snippetWith("compressAudio")} })();
   const waited = Date.now() - from;
   const { status } = await client.users.me().then(() => ({ status: 200 }), (error) => error);
   console.log(JSON.stringify({ result, waited, status }));`;

it("both the SDK and the guide's program wait until the plan's limit per minute allows another call", {
  timeout: 240_000,
}, async () => {
  const { key, id } = await newAccount(server);
  const { LoopspaceClient } = consumer.sdk;
  const client = new LoopspaceClient({ apiKey: key, baseUrl: server.origin });
  const from = Date.now();
  let refusal: unknown;
  for (let calls = 0; calls < 60 && !refusal; calls++)
    await client.users.me({ maxRetries: 0 }).catch((error: unknown) => {
      refusal = error;
    });
  expect(refusal).toMatchObject({ code: "RATE_LIMIT_EXCEEDED", status: 429, retryAfter: expect.any(Number) });
  const guides = async () => {
    if (!document) return;
    const program = await run("too-many.mjs", handlingErrors(key, `await openAsBlob("song.mp3")`));
    // The program waited and then succeeded.
    expect(program).toMatchObject({ waited: expect.any(Number), status: 200 });
    expect((program as { waited: number }).waited).toBeGreaterThan(1_000);
  };
  const [me] = await Promise.all([client.users.me(), guides()]);
  expect(me.id).toBe(id);
  expect(Date.now() - from).toBeGreaterThan(40_000);
});
