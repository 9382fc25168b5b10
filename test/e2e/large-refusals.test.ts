import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startServer, type TestServer } from "../support/server.ts";

const run = promisify(execFile);
const MB = 1_000_000;

const folder = mkdtempSync(join(tmpdir(), "ensemble-large-"));
const file = join(folder, "large.mp3");
const bytes = new Uint8Array(101 * 1_024 * 1_024);
let server: TestServer;
let token: string;

beforeAll(async () => {
  writeFileSync(file, bytes);
  server = await startServer();
  const registered = await fetch(`${server.origin}/api/auth/register`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email: "me@example.com", username: "maker", password: "a good password" }),
  });
  token = ((await registered.json()) as { accessToken: string }).accessToken;
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await server.stop();
});

const form = (size: number): FormData => {
  const data = new FormData();
  data.set("file", new Blob([bytes.subarray(0, size)]), "a.mp3");
  return data;
};
const tus = { "tus-resumable": "1.0.0", "upload-offset": "0" };
const chunk = { ...tus, "content-type": "application/offset+octet-stream" };
const json = { "content-type": "application/json" };

/** The refused requests with the expected status. */
const REFUSALS: readonly {
  readonly status: number;
  readonly method?: string;
  readonly path: string;
  readonly isSignedIn?: boolean;
  readonly headers?: Record<string, string>;
  readonly body: () => FormData | Uint8Array<ArrayBuffer>;
}[] = [
  { status: 413, path: "/api/v1/audio/upload", isSignedIn: true, body: () => form(bytes.length) },
  { status: 401, path: "/api/v1/audio/upload", body: () => form(50 * MB) },
  { status: 401, path: "/api/v1/media/upload", body: () => form(50 * MB) },
  { status: 413, path: "/api/auth/login", headers: json, body: () => bytes.slice(0, 20 * MB) },
  { status: 413, path: "/api/sync-codes", headers: json, body: () => bytes.slice(0, 20 * MB) },
  { status: 401, path: "/api/sync-codes", headers: json, body: () => bytes.slice(0, MB / 2) },
  { status: 404, path: "/api/nothing", body: () => bytes.slice(0, 8 * MB) },
  { status: 405, method: "PUT", path: "/api/status", body: () => bytes.slice(0, 8 * MB) },
  {
    status: 404,
    method: "PATCH",
    path: "/api/v1/audio/uploads/abc",
    isSignedIn: true,
    headers: chunk,
    body: () => bytes.slice(0, 50 * MB),
  },
  {
    status: 401,
    method: "PATCH",
    path: "/api/v1/audio/uploads/abc",
    headers: chunk,
    body: () => bytes.slice(0, 50 * MB),
  },
  {
    status: 415,
    method: "PATCH",
    path: "/api/v1/audio/uploads/abc",
    isSignedIn: true,
    headers: { ...tus, "content-type": "text/plain" },
    body: () => bytes.slice(0, 50 * MB),
  },
];

describe("a refusal before a large body", () => {
  it.each(REFUSALS)("reaches Node's fetch: $status $path", async (refusal) => {
    const { status, method = "POST", path, isSignedIn, headers, body } = refusal;
    const response = await fetch(server.origin + path, {
      method,
      headers: { ...headers, ...(isSignedIn && { authorization: `Bearer ${token}` }) },
      body: body(),
    });
    expect(response.status).toBe(status);
    expect(response.headers.get("x-request-id")).toMatch(/^req_/);
    expect(await response.text()).toContain('"message":');
  });

  it("reaches Node's fetch when the body comes in chunks without a declared length", async () => {
    let sent = 0;
    const response = await fetch(`${server.origin}/api/auth/login`, {
      method: "POST",
      headers: json,
      body: new ReadableStream({
        pull(controller) {
          if (sent++ === 30) controller.close();
          else controller.enqueue(bytes.subarray(0, MB));
        },
      }),
      duplex: "half",
    } as RequestInit);
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ statusCode: 413 });
  });

  it("is FILE_TOO_LARGE in curl, also without its Expect header", async () => {
    for (const expectHeader of [[], ["-H", "Expect:"]]) {
      const { stdout } = await run("curl", [
        "-sS",
        ...["--max-time", "90", "-F", `file=@${file}`, "-H", `Authorization: Bearer ${token}`],
        ...expectHeader,
        `${server.origin}/api/v1/audio/upload`,
      ]);
      expect(JSON.parse(stdout)).toMatchObject({ error: { code: "FILE_TOO_LARGE" } });
    }
  });

  it("reaches python-requests", async () => {
    const script = [
      "import sys, requests",
      "origin, path = sys.argv[1:]",
      "data = open(path, 'rb').read()",
      "print(requests.post(origin + '/api/v1/audio/upload', files={'file': ('a.mp3', data)}).status_code)",
      "print(requests.post(origin + '/api/auth/login', data=data).status_code)",
      "print(requests.put(origin + '/api/status', data=data[:8000000]).status_code)",
    ].join("\n");
    const { stdout } = await run("python3", ["-c", script, server.origin, file]);
    // The form exceeds the size limit, which is checked before authentication.
    expect(stdout.trim().split("\n")).toEqual(["413", "413", "405"]);
  });

  it("keeps the connection usable for the next request", async () => {
    const next = await fetch(`${server.origin}/health`);
    expect(next.status).toBe(200);
  });
});
