import { env, exports } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { newAddress, ORIGIN, requestJson } from "../support/http.ts";
import { API_KEY, signedIn } from "../support/musicqr.ts";
import { newUser } from "../support/sora.ts";

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, object>>>>;
}

/** The body of a request and how the headers announce it. */
interface Sent {
  readonly type: string;
  readonly body: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | undefined;
  /** The declared Content-Length. When it is undefined, the body is sent in chunks. */
  readonly length?: string;
}

const JSON_TYPE = "application/json";
const FORM_TYPE = "application/x-www-form-urlencoded";
const multipart = (boundary: string): string => `multipart/form-data; boundary=${boundary}`;
const onePart =
  '--x\r\ncontent-disposition: form-data; name="file"; filename="a.bin"\r\n\r\n\u0000\u0001\r\n--x--\r\n';

/** Returns a body that fails in the middle, like a broken connection. */
const cutOff = (start: string): ReadableStream<Uint8Array> => {
  let isSent = false;
  return new ReadableStream({
    pull(controller) {
      if (isSent) return controller.error(new Error("Network connection lost."));
      isSent = true;
      controller.enqueue(new TextEncoder().encode(start));
    },
  });
};

const KINDS: Readonly<Record<string, () => Sent>> = {
  "no body": () => ({ type: JSON_TYPE, body: undefined }),
  "an empty object": () => ({ type: JSON_TYPE, body: "{}" }),
  null: () => ({ type: JSON_TYPE, body: "null" }),
  "half a JSON": () => ({ type: JSON_TYPE, body: '{"a":' }),
  "bytes that are not UTF-8": () => ({ type: JSON_TYPE, body: new Uint8Array([0x7b, 0xff, 0x00, 0xc3]) }),
  "JSON a thousand levels deep": () => ({ type: JSON_TYPE, body: "[".repeat(1_000) + "]".repeat(1_000) }),
  "a form with broken escapes": () => ({ type: FORM_TYPE, body: "%zz=%&=&a=%f" }),
  "a multipart form without a boundary": () => ({ type: "multipart/form-data", body: onePart }),
  "a multipart form with a boundary of 300 characters": () => ({
    type: multipart("x".repeat(300)),
    body: onePart.replaceAll("--x", `--${"x".repeat(300)}`),
  }),
  "a multipart form with another boundary inside": () => ({ type: multipart("y"), body: onePart }),
  "JSON in chunks, cut off": () => ({ type: JSON_TYPE, body: cutOff('{"a":') }),
  "JSON of a declared length, cut off": () => ({ type: JSON_TYPE, body: cutOff('{"a":'), length: "100" }),
  "a form, cut off": () => ({ type: FORM_TYPE, body: cutOff("a=1&b"), length: "100" }),
  "a multipart form, cut off": () => ({
    type: multipart("x"),
    body: cutOff(onePart.slice(0, -10)),
    length: "300",
  }),
  "bytes, cut off": () => ({ type: "application/octet-stream", body: cutOff("RIFF"), length: "300" }),
};

const { body: document } = await requestJson<Document>("/api-docs.json");
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.keys(methods).map((method) => ({
    method: method.toUpperCase(),
    path: path.replace(/\{[^}]+\}/g, "00000000-0000-4000-8000-000000000000"),
  })),
);
const writing = operations.filter(({ method }) => ["POST", "PUT", "PATCH", "DELETE"].includes(method));

afterEach(() => void vi.restoreAllMocks());

const send = async (
  method: string,
  path: string,
  headers: Record<string, string>,
  { type, body, length }: Sent,
): Promise<Response> =>
  exports.default.fetch(
    new Request(ORIGIN + path, {
      method,
      redirect: "manual",
      headers: {
        "cf-connecting-ip": newAddress(),
        "content-type": type,
        ...(length !== undefined && { "content-length": length }),
        ...(path.includes("/uploads") && {
          "tus-resumable": "1.0.0",
          "upload-length": "300",
          "upload-offset": "0",
        }),
        ...headers,
      },
      ...(body !== undefined && { body }),
    }),
  );

/** Below the limit of generations of every product. */
const GENERATIONS_OF_ONE_USER = 3;

/** Returns the headers of authorized callers that stay within every rate limit. */
const callersOf = async (path: string, count: number): Promise<Record<string, string>[]> => {
  if (path.startsWith("/admin/")) {
    const session = await signedIn();
    return Array.from({ length: count }, () => session);
  }
  const callers: Record<string, string>[] = [];
  for (let i = 0; i < count; i++) {
    const isLimited = /^\/api\/(videos|v1\/generate)\//.test(path);
    const isNew = i === 0 || (isLimited && i % GENERATIONS_OF_ONE_USER === 0);
    const headers = isNew
      ? { authorization: `Bearer ${(await newUser()).token}`, "x-api-key": API_KEY }
      : callers.at(-1);
    callers.push(headers ?? {});
  }
  return callers;
};

const expectRefusal = async (kind: string, response: Response): Promise<void> => {
  const text = await response.text();
  const { status, headers } = response;
  // Without credentials, a gateway or a provider is unavailable and documented to answer 503.
  const isFault = (status >= 500 && status !== 503) || status === 429;
  expect([kind, isFault && status, isFault && text]).toEqual([kind, false, false]);
  expect(headers.get("x-request-id")).toMatch(/^req_/);
  if (status >= 400 && headers.get("content-type")?.includes("json"))
    expect([kind, text]).toEqual([
      kind,
      expect.stringMatching(/"message":|"error_description":|"received":/),
    ]);
};

describe("a broken body", () => {
  it.each(writing.map(({ method, path }) => [method, path] as const))(
    "never causes a server error at %s %s",
    { timeout: 60_000 },
    async (method, path) => {
      const errors = vi.spyOn(console, "error").mockImplementation(() => {});
      const kinds = Object.entries(KINDS);
      const callers = await callersOf(path, kinds.length);
      await Promise.all(
        kinds.map(async ([kind, make], i) =>
          expectRefusal(kind, await send(method, path, callers[i] ?? {}, make())),
        ),
      );
      expect(errors.mock.calls.flat().join("\n")).toBe("");
    },
  );

  it("is also refused by the operations of administrators", async () => {
    const errors = vi.spyOn(console, "error").mockImplementation(() => {});
    const { body } = await requestJson<{ data: { token: string } }>("/api/v1/auth/login", {
      method: "POST",
      headers: { "content-type": JSON_TYPE },
      body: JSON.stringify({ email: "admin", password: env.ADMIN_PASSWORD }),
    });
    const headers = { authorization: `Bearer ${body.data.token}` };
    for (const { method, path } of writing.filter((one) => one.path.startsWith("/api/v1/config/"))) {
      for (const [kind, make] of Object.entries(KINDS)) {
        const { status } = await send(method, path, headers, make());
        const expected = method === "DELETE" ? [404] : [400, 404, 413, 415];
        expect([kind, method, path, expected.includes(status) || status]).toEqual([kind, method, path, true]);
      }
    }
    expect(errors.mock.calls.flat().join("\n")).toBe("");
  });
});

describe("a malformed Host header", () => {
  const hosts = ["a:99999", "a:x", "[::1", "a b", "%", "a/b", "a@b", "999.1.1.1"];
  const paths = ["/health", "/", "/api-docs.json", "/api/verify/ABCD12345678", "/api/videos", "/studio"];
  it.each([...paths, "/api/v1/works", "/api/v1/meetings", "/api/v1/audio/search"])(
    "is 400 at %s",
    async (path) => {
      const errors = vi.spyOn(console, "error").mockImplementation(() => {});
      for (const host of hosts) {
        const response = await exports.default.fetch(new Request(ORIGIN + path, { headers: { host } }));
        expect([host, response.status]).toEqual([host, 400]);
        expect(response.headers.get("x-request-id")).toMatch(/^req_/);
        expect(await response.text()).toContain('"message":');
      }
      expect(errors).not.toHaveBeenCalled();
    },
  );

  it("may be a host name or an IP address, with or without a port", async () => {
    for (const host of ["a", "a.example", "a:8787", "127.0.0.1:1", "[::1]", "[::1]:8787"]) {
      const response = await exports.default.fetch(new Request(`${ORIGIN}/health`, { headers: { host } }));
      expect([host, response.status]).toEqual([host, 200]);
    }
  });
});
