import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startServer, type TestServer } from "../support/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

/** Sends bytes unchanged, then ends its side, and returns everything that the server answers. */
const exchange = (bytes: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(server.port, "127.0.0.1");
    let answer = "";
    socket.setEncoding("utf8");
    socket.on("data", (text: string) => {
      answer += text;
    });
    socket.on("close", () => resolve(answer));
    socket.on("error", reject);
    socket.end(bytes);
  });

const errorLines = (): string[] =>
  server
    .logs()
    .split("\n")
    .filter((line) => /"level":"error"|Uncaught exception|failed: /.test(line));

describe("a request that is malformed on the wire", () => {
  it.each(["a:99999", "a:x", "[::1", "a b", "%", "\u00e4", "a\tb", "<a>", "a/b", "a#b", "a@b"])(
    "is 400 in the product's shape, with a request id, for the Host header %j",
    async (host) => {
      const before = errorLines();
      for (const [path, word] of [
        ["/health", '"error":{'],
        ["/api/status", '"success":false'],
        ["/api/videos", '"statusCode":400'],
        ["/api/v1/audio/search", '"error":{"code":"INVALID_REQUEST"'],
      ]) {
        const answer = await exchange(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
        expect(answer).toMatch(/^HTTP\/1\.1 400 /);
        expect(answer).toMatch(/^x-request-id: req_[0-9a-f]{20}\r$/im);
        // A slash in the host moves the path, so that it belongs to no product.
        if (!host.includes("/")) expect(answer).toContain(word);
        expect(answer).toContain('"message":');
      }
      expect(errorLines()).toEqual(before);
    },
  );

  const start = (path: string, type: string) =>
    `POST ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: ${type}\r\n`;
  const endings = {
    "shorter than it says": 'Content-Length: 100\r\n\r\n{"a":',
    "cut off inside a chunk": 'Transfer-Encoding: chunked\r\n\r\n20\r\n{"a":',
    "cut off between chunks": 'Transfer-Encoding: chunked\r\n\r\n5\r\n{"a":\r\n',
    "in chunks with an invalid length": 'Transfer-Encoding: chunked\r\n\r\n5\r\n{"a":\r\nzz\r\n',
  };
  const paths = [
    "/api/auth/login",
    "/api/v1/auth/login",
    "/api/oauth/token",
    "/admin/login",
    "/reset-password",
    "/nothing",
  ];
  const types = ["application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"];

  it.each(Object.entries(endings))("is answered 400 when its body is %s", async (kind, ending) => {
    const before = errorLines();
    for (const path of paths) {
      for (const type of types) {
        const answer = await exchange(start(path, type) + ending);
        const [, status] = /^HTTP\/1\.1 (\d+)/.exec(answer) ?? [];
        // A route that does not read the body may answer before the missing bytes matter.
        const expected = ["400", ...(kind === "shorter than it says" ? ["404", "401"] : [])];
        expect([path, type, status, expected.includes(String(status))]).toEqual([path, type, status, true]);
        expect(answer).toMatch(/^x-request-id: /im);
      }
    }
    expect(errorLines()).toEqual(before);
  });

  it("is answered for OPTIONS *", async () => {
    const answer = await exchange("OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    expect(answer).toMatch(/^HTTP\/1\.1 [24]\d\d /);
    expect(answer).toMatch(/^x-request-id: /im);
  });
});
