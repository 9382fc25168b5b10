import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { jsonBody, newAddress, ORIGIN, request, requestJson } from "../support/http.ts";
import { signedIn } from "../support/musicqr.ts";

const right = { username: env.ADMIN_USERNAME, password: env.ADMIN_PASSWORD };
const from = (address: string) => ({ "cf-connecting-ip": address });
const form = (fields: Record<string, string>, headers: Record<string, string> = {}): RequestInit => ({
  method: "POST",
  body: new URLSearchParams(fields),
  headers: { origin: ORIGIN, ...headers },
});

describe("signing in", () => {
  it("answers JSON with the documented body and a session cookie", async () => {
    const response = await request("/admin/login", jsonBody(right));
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      success: true,
      message: "登录成功",
      redirect_url: "/admin/dashboard",
    });
    const cookie = response.headers.get("set-cookie") ?? "";
    expect(cookie).toMatch(/^session=[\w-]{43};/);
    expect(cookie).toContain("HttpOnly");
    expect(cookie).toContain("SameSite=Strict");
    expect(cookie).toContain("Max-Age=43200");
    expect(cookie).not.toContain("Secure");
  });

  it("sets a Secure cookie on https", async () => {
    const response = await request("https://verify.example.com/admin/login", jsonBody(right));
    expect(response.headers.get("set-cookie")).toContain("Secure");
  });

  it("answers a form with a redirect to the dashboard", async () => {
    const response = await request("/admin/login", form(right as Record<string, string>));
    expect(response.status).toBe(303);
    expect(response.headers.get("location")).toBe("/admin/dashboard");
    expect(response.headers.get("set-cookie")).toContain("session=");
  });

  it.each([
    ["a wrong password", { ...right, password: "wrong" }],
    ["a wrong name", { ...right, username: "root" }],
  ])("refuses %s with the same answer", async (_, credentials) => {
    const { status, body } = await requestJson("/admin/login", jsonBody(credentials));
    expect(status).toBe(401);
    expect(body).toMatchObject({ success: false, error_code: "INVALID_CREDENTIALS" });
  });

  it.each([{}, { username: "admin" }, { username: 1, password: [] }, []])(
    "refuses the body %j with 400",
    async (body) => {
      expect((await requestJson("/admin/login", jsonBody(body))).status).toBe(400);
    },
  );

  it("stores only a hash of the token", async () => {
    const { cookie } = await signedIn();
    const token = cookie?.split("=")[1] ?? "";
    const { results } = await env.DB.prepare("SELECT token_hash FROM sessions").all<{ token_hash: string }>();
    expect(results.length).toBeGreaterThan(0);
    expect(results.some(({ token_hash }) => token_hash === token)).toBe(false);
  });
});

describe("the lock", () => {
  it("locks the account for a network after five wrong passwords, sequential or concurrent", async () => {
    const address = newAddress();
    const wrong = jsonBody({ ...right, password: "wrong" }, from(address));
    const statuses = (
      await Promise.all(Array.from({ length: 12 }, () => request("/admin/login", wrong)))
    ).map((r) => r.status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(5);
    expect(statuses.filter((status) => status === 429)).toHaveLength(7);

    const locked = await requestJson("/admin/login", jsonBody(right, from(address)));
    expect(locked.status).toBe(429);
    expect(locked.body).toMatchObject({ error_code: "RATE_LIMIT_EXCEEDED" });
    expect(Number(locked.headers.get("retry-after"))).toBeGreaterThan(14 * 60);
    expect((await request("/admin/login", jsonBody(right, from(newAddress())))).status).toBe(200);
  });

  it("resets the count of wrong passwords after a right one", async () => {
    const address = newAddress();
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 4; i++)
        await request("/admin/login", jsonBody({ ...right, password: "wrong" }, from(address)));
      expect((await request("/admin/login", jsonBody(right, from(address)))).status).toBe(200);
    }
  });
});

describe("a session", () => {
  it("is required for the admin interface", async () => {
    const headers = await signedIn();
    expect((await request("/admin/api/session", { headers })).status).toBe(200);
    for (const cookie of [
      "",
      "session=",
      "session=x",
      `session=${"A".repeat(43)}`,
      "session=%00",
      "session=a; session=b",
    ]) {
      const { status, body } = await requestJson("/admin/api/session", { headers: { cookie } });
      expect(status).toBe(401);
      expect(body).toMatchObject({ success: false, error_code: "UNAUTHORIZED" });
    }
  });

  it("ends at sign-out, also for copies of the cookie", async () => {
    const headers = await signedIn();
    expect((await request("/admin/logout", { method: "POST", headers })).status).toBe(200);
    expect((await request("/admin/api/codes", { headers })).status).toBe(401);
  });

  it("ends after 12 hours", async () => {
    const headers = await signedIn();
    await env.DB.prepare("UPDATE sessions SET expires_at = ?")
      .bind(Date.now() - 1)
      .run();
    expect((await request("/admin/api/codes", { headers })).status).toBe(401);
  });

  it("ends when the administrator's password changes", async () => {
    const headers = await signedIn();
    await env.DB.prepare("UPDATE sessions SET credential_tag = 'of the password before'").run();
    expect((await request("/admin/api/codes", { headers })).status).toBe(401);
  });
});

describe("writes from another origin", () => {
  const writes: [string, string, unknown?][] = [
    ["POST", "/admin/api/codes", { generate: 1 }],
    ["POST", "/admin/api/codes/import"],
    ["POST", "/admin/api/codes/ABCD12345678/revoke"],
    ["POST", "/admin/api/codes/ABCD12345678/restore"],
    ["DELETE", "/admin/api/codes/ABCD12345678"],
    ["POST", "/admin/api/codes/sheet"],
    ["POST", "/admin/logout"],
    ["POST", "/admin/login", right],
  ];

  it.each(writes)("%s %s is refused from another origin", async (method, path, body) => {
    const headers = { ...(await signedIn()), "content-type": "application/json" };
    for (const foreign of [
      { origin: "https://evil.example" },
      { origin: "null" },
      { origin: "http://localhost:1" },
    ]) {
      const init = { method, headers: { ...headers, ...foreign }, body: body ? JSON.stringify(body) : "{}" };
      const answer = await requestJson(path, init);
      expect(answer.status).toBe(403);
      expect(answer.body).toMatchObject({ success: false, error_code: "FORBIDDEN" });
    }
  });

  it("are refused when only Sec-Fetch-Site says that the request is cross-site", async () => {
    const { cookie } = await signedIn();
    const headers = {
      cookie: cookie ?? "",
      "sec-fetch-site": "cross-site",
      "content-type": "application/json",
    };
    expect(
      (await request("/admin/api/codes", { method: "POST", headers, body: '{"generate":1}' })).status,
    ).toBe(403);
  });
});
