import { describe, expect, it } from "vitest";
import { request, requestJson } from "../support/http.ts";
import { signedIn } from "../support/musicqr.ts";

const BROWSER = { accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8" };

describe("an unknown path", () => {
  const paths = [
    "/nothing",
    "/api/nothing",
    "/media/nothing",
    "/payments/nothing",
    "/api-docs/nothing.json",
    "/admin/nothing",
    "/api/videos/a/b/c",
    "/api/v1/works/a/b/c",
    "/api/v1/meetings/a/b/c",
    "/api/v1/audio/a/b/c",
    "/api/oauth/nothing",
  ];

  it.each(paths)("answers JSON with a message: %s", async (path) => {
    const { status, body } = await requestJson(path);
    expect(status).toBe(404);
    const messages = [body, body.error].flatMap((part) =>
      typeof part === "object" && part !== null ? [Reflect.get(part, "message")] : [],
    );
    messages.push(body.error_description);
    expect(messages).toContainEqual(expect.stringMatching(/.{5}/));
  });

  it.each(paths)("answers a page to a browser: %s", async (path) => {
    const response = await request(path, { headers: BROWSER });
    expect([response.status, response.headers.get("content-type")]).toEqual([
      404,
      expect.stringContaining("text/html"),
    ]);
    expect(await response.text()).toContain(response.headers.get("x-request-id"));
  });
});

describe("a known path with an unsupported method", () => {
  it.each([
    ["DELETE", "/health", "GET, HEAD", { error: { code: "METHOD_NOT_ALLOWED" } }],
    ["POST", "/", "GET, HEAD", { error: { message: expect.any(String) } }],
    ["POST", "/api-docs.json", "GET, HEAD", { error: { code: "METHOD_NOT_ALLOWED" } }],
    ["GET", "/payments/stripe/webhook", "POST", { error: { code: "METHOD_NOT_ALLOWED" } }],
    ["PUT", "/media/avatars/a.webp", "GET, HEAD", { error: { code: "METHOD_NOT_ALLOWED" } }],
    [
      "POST",
      "/api/verify/ABCD12345678",
      "GET, HEAD, OPTIONS",
      { success: false, message: expect.any(String) },
    ],
    ["GET", "/api/sync-codes", "POST, OPTIONS", { success: false, error_code: "METHOD_NOT_ALLOWED" }],
    ["DELETE", "/admin/api/codes", "GET, HEAD, POST", { success: false, error_code: "METHOD_NOT_ALLOWED" }],
    ["PUT", "/admin/login", "GET, HEAD, POST", { success: false, message: expect.any(String) }],
    ["GET", "/api/auth/login", "POST", { statusCode: 405, error: "Method Not Allowed" }],
    ["DELETE", "/api/videos", "GET, HEAD, OPTIONS", { statusCode: 405, message: expect.any(String) }],
    ["GET", "/api/v1/generate/text-to-image", "POST, OPTIONS", { code: 405, message: expect.any(String) }],
    ["GET", "/api/v1/auth/login", "POST, OPTIONS", { code: 405, message: expect.any(String) }],
    ["PATCH", "/api/v1/meetings", "GET, HEAD, POST, OPTIONS", { code: 405, message: expect.any(String) }],
    [
      "PUT",
      "/.well-known/oauth-authorization-server",
      "GET, HEAD",
      { error: { code: "METHOD_NOT_ALLOWED" } },
    ],
    ["GET", "/api/oauth/token", "POST, OPTIONS", { error: "invalid_request" }],
    ["GET", "/api/v1/media/uploads/abc", "HEAD, POST, PATCH, DELETE, OPTIONS", { code: 405 }],
    [
      "PUT",
      "/api/v1/audio/uploads/abc",
      "HEAD, POST, PATCH, DELETE, OPTIONS",
      { error: { code: "METHOD_NOT_ALLOWED" } },
    ],
  ])("is 405 with an Allow header, in the product's shape: %s %s", async (method, path, allow, shape) => {
    const headers = path.includes("/uploads/") ? { "tus-resumable": "1.0.0" } : {};
    const response = await request(path, { method, headers });
    expect([response.status, response.headers.get("allow")]).toEqual([405, allow]);
    expect(await response.json()).toMatchObject(shape);
    expect(response.headers.get("x-request-id")).toMatch(/^req_/);
  });
});

describe("the CSV import", () => {
  const csv = "code\nABCDEFGH2345\n";
  const send = async (type: string | undefined, body: BodyInit = csv) =>
    request("/admin/api/codes/import", {
      method: "POST",
      headers: { ...(await signedIn()), ...(type !== undefined && { "content-type": type }) },
      body,
    });

  it.each(["text/csv", "text/csv; charset=utf-8", "TEXT/CSV", "text/plain", "application/octet-stream"])(
    "accepts a body of type %s",
    async (type) => {
      expect((await send(type)).status).toBe(201);
    },
  );

  it("accepts a body without a type", async () => {
    expect((await send(undefined, new TextEncoder().encode(csv))).status).toBe(201);
  });

  it.each([
    "application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "image/png",
  ])("refuses a body of type %s and names the accepted ones", async (type) => {
    const response = await send(type, type.startsWith("multipart") ? `--x\r\n\r\n${csv}\r\n--x--` : csv);
    expect(response.status).toBe(415);
    expect(await response.json()).toMatchObject({
      success: false,
      error_code: "UNSUPPORTED_MEDIA_TYPE",
      message: expect.stringContaining("text/csv"),
    });
  });
});
