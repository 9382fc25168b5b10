import { describe, expect, it } from "vitest";
import { request, requestJson } from "../support/http.ts";
import { keyed, signedIn } from "../support/musicqr.ts";

const session = await signedIn();
const posts: [string, Record<string, string>][] = [
  ["/api/sync-codes", keyed],
  ["/api/codes/batch", keyed],
  ["/admin/api/codes", session],
  ["/admin/login", {}],
];

const send = (path: string, headers: Record<string, string>, body: BodyInit, type = "application/json") =>
  requestJson(path, { method: "POST", body, headers: { ...headers, "content-type": type } });

const expectDocumentedError = (answer: { status: number; body: unknown }, status: number) => {
  expect(answer.status).toBe(status);
  expect(answer.body).toMatchObject({
    success: false,
    message: expect.any(String),
    error_code: expect.stringMatching(/^[A-Z_]+$/),
    timestamp: expect.any(String),
  });
  expect(JSON.stringify(answer.body)).not.toMatch(/SQLITE|D1_|at .*\.ts|zod/i);
};

describe.each(posts)("POST %s", (path, headers) => {
  it.each([
    "",
    "{",
    "nonsense",
    "[1,2",
    '{"codes":',
    "\u0000",
    "{}",
    "[]",
    "null",
    "1",
    '"text"',
    '{"codes":null}',
    '{"codes":{}}',
    '{"codes":[null]}',
    '{"codes":[[]]}',
    '{"codes":[1]}',
  ])("answers the body %j with 400", async (body) =>
    expectDocumentedError(await send(path, headers, body), 400),
  );

  it("answers a body of 10 MB with 413", async () => {
    expectDocumentedError(await send(path, headers, "x".repeat(10 * 1024 * 1024)), 413);
  });

  it("answers a streamed body of 10 MB without a declared length with 413", async () => {
    const chunk = new Uint8Array(1024 * 1024).fill(32);
    let sent = 0;
    const body = new ReadableStream({
      pull(controller) {
        if (sent++ < 10) controller.enqueue(chunk);
        else controller.close();
      },
    });
    expectDocumentedError(await send(path, headers, body), 413);
  });

  it("answers bytes that are not UTF-8 text with 400", async () => {
    expectDocumentedError(await send(path, headers, new Uint8Array([0xff, 0xfe, 0x00, 0x80])), 400);
  });

  it("answers another content type with 400", async () => {
    expectDocumentedError(await send(path, headers, "<codes/>", "application/xml"), 400);
  });
});

describe("codes in a body", () => {
  it.each([
    "ABCD1234\u00005678",
    "ABCD12345678\u0000",
    "'; DROP TABLE codes; --",
    "ＡＢＣＤ１２３４５６７８",
    "🎵🎵🎵🎵🎵🎵",
  ])("that contain %j are reported as malformed", async (code) => {
    const answer = await send("/api/sync-codes", keyed, JSON.stringify({ codes: [{ code }] }));
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ synced_count: 0, details: { invalid_codes: [code] } });
  });

  it.each(["yesterday", "2024-13-45", "", "0", 5, true, {}, "2024-08-08T12:00:00Zjunk"])(
    "with the date %j are refused",
    async (created_date) => {
      const body = JSON.stringify({ codes: [{ code: "ABCD12345678", created_date }] });
      expectDocumentedError(await send("/api/sync-codes", keyed, body), 400);
    },
  );
});

describe("paths", () => {
  it.each([
    "/api/verify/ABCD12345678/more",
    "/api/verify",
    "/api/codes",
    "/api/sync-codes/x",
    "/admin/api/nothing",
    "/api/status/x",
  ])("%s is 404 in the documented shape", async (path) => {
    const answer = await requestJson(path);
    expectDocumentedError(answer, 404);
    expect(answer.body).toMatchObject({ error_code: "NOT_FOUND" });
  });

  it("with arbitrary characters never cause a 5xx", async () => {
    for (const path of [
      "/%",
      "/%00",
      "//",
      "/api/verify/%ff",
      "/admin/api/codes/%00",
      "/admin/api/codes?page=%00",
      "/verify/%E0%A4%A",
      "/?code=%00",
      `/${"a".repeat(4_000)}`,
    ]) {
      const response = await request(path, { headers: session });
      expect(response.status, path).toBeLessThan(500);
    }
  });
});

describe("a browser", () => {
  const accept = "text/html,application/xhtml+xml,*/*;q=0.8";

  it("is redirected to the sign-in page when it needs a session, also for a download link", async () => {
    for (const path of [
      "/admin/dashboard",
      "/admin/codes",
      "/admin/api/codes/export",
      "/admin/api/codes/sheet?codes=X",
    ]) {
      const response = await request(path, { headers: { accept } });
      expect(response.status, path).toBe(303);
      expect(response.headers.get("location")).toBe("/admin/login");
    }
  });

  it("gets errors as a page with the request's id, while API paths answer JSON", async () => {
    const page = await request("/admin/nothing", { headers: { ...session, accept } });
    expect(page.status).toBe(404);
    expect(page.headers.get("content-type")).toContain("text/html");
    expect(await page.text()).toContain(page.headers.get("x-request-id"));
    const json = await request("/api/verify/nope", { headers: { accept } });
    expect(json.headers.get("content-type")).toContain("application/json");
  });
});
