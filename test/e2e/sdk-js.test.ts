import { existsSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { delimiter, join } from "node:path";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasChromium, launchChromium } from "../support/chromium.ts";
import { codeBlocks } from "../support/documents.ts";
import { startServer, type TestServer } from "../support/server.ts";
import {
  type Consumer,
  eventBody,
  guideHeaders,
  newAccount,
  newConsumer,
  noiseWav,
  SDK,
  silentMp3,
  standardHeaders,
  VARS,
} from "./sdk-js-consumer.ts";

let consumer: Consumer;
let server: TestServer;

beforeAll(async () => {
  [consumer, server] = await Promise.all([newConsumer(), startServer({ vars: VARS })]);
});

afterAll(async () => {
  consumer?.remove();
  await server?.stop();
});

describe("the package", () => {
  it("has code for import and require, declarations, a README and a licence, and no dependencies", () => {
    const code = consumer.files.filter((name) => !name.endsWith(".d.ts")).toSorted();
    expect(code).toEqual([
      "CHANGELOG.md",
      "LICENSE",
      "README.md",
      "dist/cjs/index.js",
      "dist/cjs/package.json",
      "dist/esm/index.js",
      "package.json",
    ]);
    const manifest = JSON.parse(
      readFileSync(join(consumer.folder, "node_modules/@loopspace/sdk/package.json"), "utf8"),
    );
    expect(manifest.dependencies ?? {}).toEqual({});
    expect(manifest).toMatchObject({ name: "@loopspace/sdk", license: "MIT" });
  });

  /** The Node versions of this machine. */
  const nodes = new Set(
    [process.execPath, ...(process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, "node"))]
      .filter((path) => existsSync(path))
      .map((path) => realpathSync(path)),
  );

  it.each([...nodes])("is imported and required by %s", async (node) => {
    const use = `
      const client = new LoopspaceClient({ apiKey: null, baseUrl: process.env.ORIGIN });
      client.audio.getGenres().then((genres) => console.log(JSON.stringify({ genres, kind: typeof verifyWebhook })));`;
    const names = "{ LoopspaceClient, verifyWebhook }";
    const env = { ORIGIN: server.origin };
    const esm = `import ${names} from "@loopspace/sdk";${use}`;
    const cjs = `const ${names} = require("@loopspace/sdk");${use}`;
    const expected = { genres: [], kind: "function" };
    expect(await consumer.run("load.mjs", esm, env, node)).toEqual(expected);
    expect(await consumer.run("load.cjs", cjs, env, node)).toEqual(expected);
  });

  const consumerSource = `
    import { LoopspaceClient, LoopspaceError, verifyWebhook, type Audio, type Page, type AudioItem } from "@loopspace/sdk";
    const client = new LoopspaceClient({ apiKey: "lsk_live_x", environment: "production" });
    export const upload = async (file: Blob): Promise<Audio> =>
      client.audio.upload({ file, title: "t", tags: ["a"], onProgress: ({ loaded, total }) => loaded / total });
    export const page: Promise<Page<AudioItem>> = client.users.getTracks("user_1", { page: 1, limit: 50 });
    export const names = async () => {
      for await (const track of client.users.tracks("me")) if (track.duration !== null) track.duration.toFixed();
    };
    export const retryAfter = (error: unknown) => (error instanceof LoopspaceError ? error.retryAfter : undefined);
    export const buyer = async (request: Request) => {
      const event = await verifyWebhook(await request.text(), request.headers, "secret");
      return event.type === "purchase.completed" ? event.data.buyer.username : undefined;
    };
    // @ts-expect-error there are only two environments
    new LoopspaceClient({ apiKey: "x", environment: "staging" });
    // @ts-expect-error a file is required
    client.audio.upload({ title: "t" });
    // @ts-expect-error the duration is null until the track is ready
    upload(new Blob()).then((audio) => audio.duration.toFixed());
  `;

  it.each([
    ["an ES module under Node", "mts", { module: "NodeNext", types: ["node"], lib: ["ES2022"] }],
    ["a CommonJS module under Node", "cts", { module: "Node16", types: ["node"], lib: ["ES2022"] }],
    ["a page", "ts", { module: "ESNext", moduleResolution: "Bundler", types: [], lib: ["ES2022", "DOM"] }],
    [
      "a Worker",
      "ts",
      {
        module: "ESNext",
        moduleResolution: "Bundler",
        types: ["@cloudflare/workers-types"],
        lib: ["ES2022"],
      },
    ],
  ])("has types for %s that refuse wrong usage", async (_, extension, options) => {
    expect(await consumer.typeCheck(`consumer.${extension}`, consumerSource, options)).toBe("");
  });

  const readme = codeBlocks(readFileSync(join(SDK, "README.md"), "utf8"), "js");

  it("has a README with programs that pass the type check", async () => {
    // Names that earlier parts of the README define.
    const shown = {
      client: `import("@loopspace/sdk").LoopspaceClient`,
      file: "Blob",
      title: "string",
      id: "string",
    };
    const parts = readme.map((block, n) => {
      const isOwn = (name: string) => new RegExp(`\\bconst .*\\b${name}\\b.* =`).test(block);
      const missing = Object.entries(shown).filter(([name]) => !isOwn(name));
      const declared = missing.map(([name, type]) => `declare const ${name}: ${type};\n`).join("");
      consumer.write(`readme-${n}.mts`, `${declared}${block}\nexport {};\n`);
      return `import "./readme-${n}.mjs";`;
    });
    const options = { module: "NodeNext", types: ["node"], lib: ["ES2022", "DOM", "DOM.Iterable"] };
    expect(parts.length).toBeGreaterThanOrEqual(5);
    expect(await consumer.typeCheck("readme.mts", parts.join("\n"), options)).toBe("");
  });

  it("works as its README shows first", async () => {
    const { key, username } = await newAccount(server);
    writeFileSync(join(consumer.folder, "song.mp3"), silentMp3(50));
    const source = `${readme[0]}
      console.log(JSON.stringify({ username: track.user.username, peaks: track.waveform.length }));`;
    const env = { LOOPSPACE_API_KEY: key, LOOPSPACE_BASE_URL: server.origin };
    expect(await consumer.run("readme.mjs", source, env)).toEqual({ username, peaks: 200 });
  });

  it("lets the README's server accept signed deliveries and refuse others", async () => {
    const body = eventBody("evt_readme");
    const signed = standardHeaders("evt_readme", body, ["a chosen secret"]);
    const source = `${readme.find((block) => block.includes("createServer"))?.replace(".listen(3000)", '.listen(0, "127.0.0.1", asked)')}
      async function asked() {
        const post = (body) => fetch("http://127.0.0.1:" + this.address().port, {
          method: "POST", body, headers: ${JSON.stringify(signed)},
        });
        const body = ${JSON.stringify(body)};
        const answers = [await post(body), await post(body.replace("listener", "somebody"))];
        console.log(JSON.stringify(answers.map(({ status }) => status)));
        process.exit();
      }`;
    const env = { WEBHOOK_SECRET: "a chosen secret" };
    expect(await consumer.run("webhook.mjs", source, env)).toEqual([204, 401]);
  });

  const code = () =>
    readFileSync(join(consumer.folder, "node_modules/@loopspace/sdk/dist/esm/index.js"), "utf8");

  it.skipIf(!hasChromium())(
    "runs in a page of another origin: uploads with progress, reads, verifies",
    async () => {
      const site = createServer((request, response) => {
        const isCode = request.url === "/sdk.js";
        response.setHeader("content-type", isCode ? "text/javascript" : "text/html");
        const page = `<!doctype html><script type="module">import * as sdk from "/sdk.js"; globalThis.sdk = sdk;</script>`;
        response.end(isCode ? code() : page);
      }).listen(0, "127.0.0.1");
      const browser = await launchChromium();
      try {
        const { key, id, username } = await newAccount(server);
        const page = await browser.newPage();
        const address = site.address();
        await page.goto(`http://127.0.0.1:${typeof address === "object" ? address?.port : ""}/`);
        await page.waitForFunction("sdk");
        const sizes = [3_000_044, 12_000_000] as const;
        const body = eventBody("evt_page");
        const given = {
          origin: server.origin,
          apiKey: key,
          wav: Buffer.from(noiseWav(3_000_000)).toString("base64"),
          size: sizes[1],
          body,
          headers: guideHeaders(body, "secret"),
        };
        const seen = await page.evaluate(async ({ origin, apiKey, wav, size, body, headers }) => {
          const { sdk } = globalThis as unknown as Pick<Consumer, "sdk">;
          const client = new sdk.LoopspaceClient({ apiKey, baseUrl: origin });
          const small = new Blob([Uint8Array.from(atob(wav), (char) => char.charCodeAt(0))]);
          // The same sound repeated.
          const large = new Blob([small, ...Array.from({ length: 4 }, () => small.slice(44))]).slice(0, size);
          const upload = async (file: Blob) => {
            const told: number[] = [];
            const onProgress = ({ loaded }: { loaded: number }) => void told.push(loaded);
            const audio = await client.audio.upload({ file, title: "from a page", onProgress });
            return { size: audio.metadata.size, told };
          };
          return {
            me: await client.users.me(),
            uploads: [await upload(small), await upload(large)],
            failure: await client.users.get("user_0").catch(({ code, requestId }) => ({ code, requestId })),
            event: await sdk.verifyWebhook(body, new Headers(headers), "secret"),
          };
        }, given);
        expect(seen.me).toMatchObject({ id, username });
        for (const [n, size] of sizes.entries()) {
          const { size: arrived, told = [] } = seen.uploads[n] ?? {};
          expect(arrived).toBe(size);
          expect([told[0], told.at(-1)]).toEqual([0, size]);
          expect(told).toEqual(told.toSorted((a, b) => a - b));
          // The browser reports progress more often than per piece.
          expect(told.length).toBeGreaterThan(n === 0 ? 2 : 4);
        }
        expect(seen.failure).toMatchObject({ code: "NOT_FOUND", requestId: expect.stringMatching(/^req_/) });
        expect(seen.event).toEqual(JSON.parse(body));
      } finally {
        await browser.close();
        site.close();
      }
    },
  );

  it("runs in a Worker: uploads, reads, verifies", async () => {
    const { key, username } = await newAccount(server);
    const worker = `
      import { LoopspaceClient, verifyWebhook } from "./sdk.js";
      export default {
        async fetch(request, { ORIGIN, KEY, WAV }) {
          const { id } = await verifyWebhook(await request.text(), request.headers, "secret");
          const client = new LoopspaceClient({ apiKey: KEY, baseUrl: ORIGIN });
          const file = Uint8Array.from(atob(WAV), (char) => char.charCodeAt(0));
          const told = [];
          const { title } = await client.audio.upload({
            file, title: "from a Worker", onProgress: ({ loaded }) => told.push(loaded),
          });
          const { username } = await client.users.me();
          return Response.json({ id, title, username, last: told.at(-1) });
        },
      };`;
    const miniflare = new Miniflare(
      convertV4MiniflareOptions({
        cf: false,
        telemetry: { enabled: false },
        compatibilityDate: "2026-01-01",
        bindings: { ORIGIN: server.origin, KEY: key, WAV: Buffer.from(noiseWav(20_000)).toString("base64") },
        modules: [
          { type: "ESModule", path: "worker.js", contents: worker },
          { type: "ESModule", path: "sdk.js", contents: code() },
        ],
      }),
    );
    try {
      const body = eventBody("evt_worker");
      const headers = standardHeaders("evt_worker", body, ["secret"]);
      const answer = await miniflare.dispatchFetch("http://localhost/", { method: "POST", body, headers });
      expect(await answer.json()).toEqual({
        id: "evt_worker",
        title: "from a Worker",
        username,
        last: 20_044,
      });
    } finally {
      await miniflare.dispose();
    }
  });
});
