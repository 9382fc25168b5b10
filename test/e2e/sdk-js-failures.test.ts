import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { LoopspaceClient, LoopspaceClientOptions } from "../../sdk/loopspace-js/src/index.ts";
import { type Fake, type FakeAnswer, serveFake } from "../support/fakes/http.ts";
import { type Consumer, newConsumer } from "./sdk-js-consumer.ts";

/**
 * `cut`: the connection ends without an answer. `half`: it ends within an answer, a 429. `hang`: no answer ever
 * comes.
 */
type Step = FakeAnswer | "cut" | "half" | "hang";

const USER = { status: 200, body: { id: "user_1", username: "somebody" } };
const failing = (status: number, headers: Record<string, string> = {}): FakeAnswer => ({
  status,
  headers,
  body: {
    error: { code: status === 503 ? "UNAVAILABLE" : "INTERNAL_ERROR", message: "no", requestId: "req_1" },
  },
});
const limited = (retryAfter: number): FakeAnswer => ({
  status: 429,
  body: { error: { code: "RATE_LIMIT_EXCEEDED", message: "no", retryAfter, requestId: "req_1" } },
});

describe("the JavaScript SDK with failures", () => {
  let consumer: Consumer;
  /** A fake platform that answers with the given steps. */
  let fake: Fake;
  let steps: Step[] = [];
  let asked: { readonly at: number; readonly method: string; readonly authorization: string | undefined }[] =
    [];

  beforeAll(async () => {
    consumer = await newConsumer();
    fake = await serveFake(({ method, headers: { authorization } }, { response }) => {
      asked.push({ at: Date.now(), method, authorization });
      const step = steps.shift();
      if (step === "hang") return undefined;
      if (step === "half") {
        response.writeHead(429, { "content-length": "1000", "retry-after": "0" }).write('{"error":');
        setTimeout(() => response.socket?.resetAndDestroy(), 100);
        return undefined;
      }
      if (step === "cut") response.socket?.resetAndDestroy();
      return step === "cut" ? undefined : step;
    });
  });

  beforeEach(() => {
    steps = [];
    asked = [];
  });

  afterAll(() => {
    fake?.stop();
    consumer?.remove();
  });

  const newClient = (options: LoopspaceClientOptions = {}): LoopspaceClient =>
    new consumer.sdk.LoopspaceClient({ apiKey: "lsk_live_x", baseUrl: fake.origin, ...options });

  it("retries after failures of the platform and of the network", async () => {
    steps = [failing(500), "cut", { status: 502, body: "<html>a proxy</html>" }, USER];
    expect(await newClient().users.me()).toEqual(USER.body);
    expect(asked).toHaveLength(4);
    const [first = 0, , , last = 0] = asked.map(({ at }) => at);
    // The waits are 250 to 500 ms, 500 to 1,000 ms, and 1,000 to 2,000 ms.
    expect(last - first).toBeGreaterThan(1_700);
  });

  it("throws the last failure after the last retry", async () => {
    steps = [failing(503), failing(503), failing(500)];
    await expect(newClient({ maxRetries: 2 }).users.me()).rejects.toMatchObject({
      name: "LoopspaceError",
      code: "INTERNAL_ERROR",
      status: 500,
      requestId: "req_1",
    });
    expect(asked).toHaveLength(3);
    steps = ["cut"];
    await expect(newClient().users.me({ maxRetries: 0 })).rejects.toMatchObject({
      code: "CONNECTION_FAILED",
      status: undefined,
      cause: expect.any(TypeError),
    });
  });

  it("does not repeat a request that may have been executed, unless it was refused by the rate limit", async () => {
    const webhook = { url: "https://example.com/hook", events: ["user.followed"] } as const;
    for (const step of ["cut", failing(500)] as const) {
      steps = [step, USER];
      await expect(newClient().webhooks.create(webhook)).rejects.toMatchObject({ name: "LoopspaceError" });
    }
    expect(asked).toHaveLength(2);
    steps = [limited(1), USER];
    expect(await newClient().webhooks.create(webhook)).toEqual(USER.body);
    steps = [limited(0), USER];
    expect(await newClient().audio.upload({ file: new Blob(["sound"]) })).toEqual(USER.body);
    // A 429 is a refusal, also when the connection ends within it.
    steps = ["half", USER];
    expect(await newClient().webhooks.create(webhook)).toEqual(USER.body);
    // Idempotent calls are repeated.
    steps = ["cut", USER, "cut", USER, "cut", USER];
    await newClient().users.follow("user_1");
    await newClient().audio.purchase("audio_1");
    await newClient().audio.recordPlay("audio_1");
    expect(asked).toHaveLength(14);
  });

  it("retries any request when the connection is refused", async () => {
    const server = createServer((_, response) => void response.end(JSON.stringify(USER.body)));
    const listen = (port: number) => once(server.listen(port, "127.0.0.1"), "listening");
    await listen(0);
    const { port } = server.address() as AddressInfo;
    server.close();
    const call = newClient({ baseUrl: `http://127.0.0.1:${port}` }).webhooks.create({
      url: "https://example.com/hook",
      events: ["user.followed"],
    });
    setTimeout(() => void listen(port), 700);
    expect(await call).toEqual(USER.body);
    server.closeAllConnections();
    server.close();
  });

  it("waits as long as the platform asks, in the body or in a header, up to its limit", async () => {
    steps = [limited(2), failing(503, { "retry-after": "1" }), USER];
    await newClient().users.me();
    const [first = 0, second = 0, third = 0] = asked.map(({ at }) => at);
    expect(second - first).toBeGreaterThanOrEqual(1_990);
    expect(third - second).toBeGreaterThanOrEqual(990);
    steps = [limited(61), USER];
    await expect(newClient().users.me()).rejects.toMatchObject({
      code: "RATE_LIMIT_EXCEEDED",
      retryAfter: 61,
    });
    steps = [limited(2), USER];
    await expect(newClient({ maxRetryWait: 1_000 }).users.me()).rejects.toMatchObject({ retryAfter: 2 });
  });

  it("does not retry an invalid request, and refuses an unexpected answer", async () => {
    steps = [
      { status: 404, body: { error: { code: "NOT_FOUND", message: "no such user", requestId: "r" } } },
    ];
    await expect(newClient().users.get("user_1")).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: "no such user",
    });
    steps = [{ body: "<html>a login page</html>" }];
    await expect(newClient().users.me()).rejects.toMatchObject({ code: "UNEXPECTED_ANSWER", status: 200 });
    steps = [{ status: 413, body: "<html>a proxy</html>" }];
    await expect(newClient().users.me()).rejects.toMatchObject({ code: "FILE_TOO_LARGE" });
    expect(asked).toHaveLength(3);
  });

  it("treats a 404 as success when the answer to a deletion was lost", async () => {
    const gone = { status: 404, body: { error: { code: "NOT_FOUND", message: "no", requestId: "r" } } };
    steps = ["cut", gone];
    await newClient().audio.delete("audio_1");
    steps = [gone];
    await expect(newClient().audio.delete("audio_1")).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("limits the time of each attempt", async () => {
    steps = ["hang", USER];
    expect(await newClient({ timeout: 300 }).users.me()).toEqual(USER.body);
    steps = ["hang"];
    const call = newClient().users.me({ timeout: 200, maxRetries: 0 });
    await expect(call).rejects.toMatchObject({ code: "TIMEOUT", message: expect.stringContaining("200 ms") });
  });

  it("ends with its abort signal: before the request, while it waits, and between two attempts", async () => {
    const reason = new Error("enough");
    await expect(newClient().users.me({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(asked).toHaveLength(0);
    for (const step of ["hang", limited(30)] as const) {
      steps = [step];
      const abort = new AbortController();
      setTimeout(() => abort.abort(reason), 300);
      const from = Date.now();
      await expect(newClient().users.me({ signal: abort.signal })).rejects.toBe(reason);
      expect(Date.now() - from).toBeLessThan(5_000);
    }
    expect(asked).toHaveLength(2);
  });

  it("requests a token before each attempt, and never includes it in an error", async () => {
    const tokens = ["first", "second"];
    steps = [failing(503, { "retry-after": "0" }), USER];
    await newClient({ apiKey: undefined, accessToken: () => tokens.shift() ?? "" }).users.me();
    expect(asked.map(({ authorization }) => authorization)).toEqual(["Bearer first", "Bearer second"]);
    const failure = () => newClient({ apiKey: "lsk_live_\nsecret" });
    expect(failure).toThrow(/apiKey/);
    expect(failure).not.toThrow(/secret/);
  });

  it("uses the sandbox only with sandbox keys", async () => {
    const inSandbox = (given: LoopspaceClientOptions) => () =>
      newClient({ apiKey: undefined, environment: "sandbox", ...given });
    const wrong = expect.objectContaining({ code: "WRONG_ENVIRONMENT" });
    for (const given of [
      { apiKey: "eyJhbGciOiJIUzI1NiJ9.e30.x" },
      { apiKey: null },
      { accessToken: "lso_x" },
      { accessToken: () => "lso_x" },
    ])
      expect(inSandbox(given)).toThrow(wrong);
    expect(inSandbox({ accessToken: "lsk_test_x" })).not.toThrow();
    const accessToken = () => "lsk_test_x";
    const live = newClient({ apiKey: undefined, environment: "production", accessToken });
    await expect(live.users.me()).rejects.toEqual(wrong);
    expect(asked).toHaveLength(0);
  });

  it("trims the key and URL from the environment", async () => {
    steps = [USER];
    const env = { LOOPSPACE_API_KEY: "lsk_live_file\n", LOOPSPACE_BASE_URL: `${fake.origin}\n` };
    const source = `import { LoopspaceClient } from "@loopspace/sdk";
      console.log(JSON.stringify(await new LoopspaceClient().users.me()));`;
    expect(await consumer.run("variables.mjs", source, env)).toEqual(USER.body);
    expect(asked).toMatchObject([{ authorization: "Bearer lsk_live_file" }]);
  });

  it("refuses invalid options before it sends a request", async () => {
    const { LoopspaceClient, LoopspaceError } = consumer.sdk;
    const refused = (options: object): unknown => {
      try {
        new LoopspaceClient({ baseUrl: fake.origin, ...options });
        return "taken";
      } catch (error) {
        return error instanceof LoopspaceError ? error.code : error;
      }
    };
    expect(refused({ apiKey: "lsk_test_x", environment: "production" })).toBe("WRONG_ENVIRONMENT");
    expect(refused({ apiKey: "lsk_live_x", environment: "sandbox" })).toBe("WRONG_ENVIRONMENT");
    expect(refused({ apiKey: "lsk_live_x", environment: "production" })).toBe("taken");
    expect(refused({ apiKey: "lsk_test_x" })).toBe("taken");
    // The guide's placeholder.
    expect(refused({ apiKey: "your_api_key", environment: "production" })).toBe("taken");
    expect(refused({ apiKey: "lsk_test_x", environment: "sandbox" })).toBe("taken");
    for (const wrong of [
      {},
      { apiKey: "你的密钥" },
      { apiKey: "x", environment: "staging" },
      { apiKey: "x", baseUrl: "/api" },
      { apiKey: "x", baseUrl: "ftp://example.com" },
      { apiKey: "x", baseUrl: "https://:secret@example.com" },
      { apiKey: "x", timeout: -1 },
      { apiKey: "x", accessToken: "y" },
    ])
      expect(refused(wrong), JSON.stringify(wrong)).toBe("INVALID_ARGUMENT");
    for (const tolerance of [Number.NaN, -1])
      await expect(consumer.sdk.verifyWebhook("{}", {}, "secret", { tolerance })).rejects.toMatchObject({
        code: "INVALID_ARGUMENT",
      });
    await expect(newClient().audio.waitUntilReady("audio_1", { within: Number.NaN })).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
    });
    const noTime = new Date(Number.NaN);
    await expect(newClient().webhooks.recover("wh_1", noTime)).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
    });
    for (const id of ["", "..", "a/b", "a?b", undefined as unknown as string])
      await expect(newClient().users.get(id)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    expect(asked).toHaveLength(0);
  });
});
