import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import worker from "../../src/worker.ts";
import { eventually, jsonBody, request, requestJson } from "../support/http.ts";
import { keyed, newSyncedCode, randomCode, signedIn, sync } from "../support/musicqr.ts";

afterEach(() => void vi.restoreAllMocks());

const askWith = async (change: Partial<typeof env>, url: string, init?: RequestInit): Promise<Response> => {
  const ctx = createExecutionContext();
  const response = await worker.fetch(
    new Request(url, init) as Parameters<typeof worker.fetch>[0],
    { ...env, ...change },
    ctx,
  );
  await waitOnExecutionContext(ctx);
  return response;
};

describe("every answer", () => {
  const answers = [
    "/",
    "/health",
    "/api/status",
    "/api/verify/ABCD12345678",
    "/api/verify/nope",
    "/nothing",
    "/admin/api/codes",
    "/api-docs.json",
  ];

  it.each(answers)("of %s has a request id, its timing and the security headers", async (path) => {
    const first = await request(path);
    const second = await request(path);
    expect(first.headers.get("x-request-id")).toMatch(/^req_[0-9a-f]{20}$/);
    expect(first.headers.get("x-request-id")).not.toBe(second.headers.get("x-request-id"));
    expect(first.headers.get("server-timing")).toMatch(/^total;dur=\d+, d1;desc="\d+", do;desc="\d+"$/);
    expect(first.headers.get("x-content-type-options")).toBe("nosniff");
    const policy = first.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain("unsafe");
    expect(first.headers.get("strict-transport-security")).toBeNull();
  });

  it("sends HSTS for a year over https", async () => {
    const response = await request("https://verify.example.com/api/status");
    expect(response.headers.get("strict-transport-security")).toContain("max-age=31536000");
  });
});

describe("a path that no product answers", () => {
  it.each([
    ["/api/videos/a/b/c", { error: "Not Found", statusCode: 404 }],
    ["/api/v1/works/a/b/c", { code: 404 }],
    ["/api/v1/meetings/a/b/c", { code: 404 }],
    ["/api/v1/audio/a/b/c", { error: { code: "NOT_FOUND" } }],
  ])("is 404 in the product's shape, with or without a token: %s", async (path, shape) => {
    for (const headers of [{}, { authorization: "Bearer made-up" }]) {
      const { status, body } = await requestJson(path, { headers });
      expect([path, status]).toEqual([path, 404]);
      expect(body).toMatchObject(shape);
    }
  });
});

describe("other origins", () => {
  const origin = "https://shop.example";

  it("may read the public endpoints and those with an API key", async () => {
    for (const path of ["/api/status", `/api/verify/${randomCode()}`, "/api/verify/nope"]) {
      const response = await request(path, { headers: { origin } });
      expect(response.headers.get("access-control-allow-origin")).toBe("*");
      expect(response.headers.get("access-control-expose-headers")).toContain("X-Request-Id");
      expect(response.headers.get("access-control-allow-credentials")).toBeNull();
    }
  });

  it("may read answers that a cache stored for a request without an Origin header", async () => {
    for (const path of ["/api/status", "/api/v1/audio/popular", "/api/v1/audio/audio_0/stream"]) {
      const response = await request(path);
      expect(response.headers.get("access-control-allow-origin")).toBe("*");
      const exposed = response.headers.get("access-control-expose-headers")?.split(", ");
      expect(exposed).toEqual(expect.arrayContaining(["ETag", "Content-Range", "Accept-Ranges"]));
    }
    for (const path of ["/", "/admin/api/codes", "/health"])
      expect((await request(path)).headers.get("access-control-allow-origin")).toBeNull();
  });

  it("may send range and conditional request headers", async () => {
    const response = await request("/api/v1/audio/audio_0/stream", {
      method: "OPTIONS",
      headers: {
        origin,
        "access-control-request-method": "GET",
        "access-control-request-headers": "if-none-match,if-range,range",
      },
    });
    expect(response.status).toBe(204);
    const allowed = response.headers.get("access-control-allow-headers")?.toLowerCase().split(",");
    expect(allowed).toEqual(expect.arrayContaining(["if-none-match", "if-range", "range"]));
  });

  it("may send the API key after a preflight", async () => {
    const response = await request("/api/sync-codes", {
      method: "OPTIONS",
      headers: {
        origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "x-api-key",
      },
    });
    expect(response.status).toBe(204);
    expect(response.headers.get("access-control-allow-headers")?.toLowerCase()).toContain("x-api-key");
  });

  it("may not read the admin interface", async () => {
    const headers = { ...(await signedIn()), origin };
    const response = await request("/admin/api/codes", { headers });
    expect(response.headers.get("access-control-allow-origin")).toBeNull();
  });
});

describe("a product's own host", () => {
  const PRODUCT_HOSTS = JSON.stringify({ "verify.example.com": "musicqr" });

  it("serves only that product", async () => {
    const code = await newSyncedCode();
    const verified = await askWith({ PRODUCT_HOSTS }, `https://verify.example.com/api/verify/${code}`);
    expect(await verified.json()).toMatchObject({ valid: true, code });
    const document = await askWith({ PRODUCT_HOSTS }, "https://verify.example.com/api-docs.json");
    expect(JSON.stringify(await document.json())).toContain("/api/verify/{code}");
    const unknown = await askWith({ PRODUCT_HOSTS }, "https://verify.example.com/api/v1/auth/login", {
      method: "POST",
    });
    expect(unknown.status).toBe(404);
    expect(await unknown.json()).toMatchObject({ success: false, error_code: "NOT_FOUND" });
  });

  it("redirects to the API document of a product without a front page, and serves no other product", async () => {
    const hosts = { PRODUCT_HOSTS: JSON.stringify({ "sora.example.com": "sora" }) };
    const front = await askWith(hosts, "https://sora.example.com/");
    expect([front.status, front.headers.get("location")]).toEqual([302, "/api-docs"]);
    const other = await askWith(hosts, "https://sora.example.com/api/status");
    expect(await other.json()).toMatchObject({ error: "Not Found", statusCode: 404 });
  });

  it("leaves all products available on other hosts", async () => {
    const response = await askWith({ PRODUCT_HOSTS }, "https://api.example.com/nothing");
    expect(await response.json()).toMatchObject({ error: { code: "ROUTE_NOT_FOUND" } });
  });
});

const PRODUCTION = {
  ENVIRONMENT: "production",
  PAYMENTS_SANDBOX: "false",
  PUBLIC_ORIGIN: "https://ensemble.example",
  MAIL_FROM: "no-reply@mail.ensemble.cn",
};

describe("configuration", () => {
  it("of production is accepted when it is complete", async () => {
    expect((await askWith(PRODUCTION, "http://localhost/health")).status).toBe(200);
  });

  it.each([
    ["PUBLIC_ORIGIN", undefined, "is required in production"],
    ["PUBLIC_ORIGIN", "", "is required in production"],
    ["PUBLIC_ORIGIN", "ensemble", "Invalid URL"],
    ["MAIL_FROM", undefined, "may send from"],
    ["MAIL_FROM", "no-reply@example.com", "may send from"],
    ["MAIL_FROM", "no-reply@mail.Example.org", "may send from"],
    ["PRODUCT_HOSTS", '{"ensemble.example":"musicqr"}', "one product"],
  ])("of production with %s = %s is refused, and /health names the reason", async (name, value, why) => {
    const error = vi.spyOn(console, "error").mockImplementation(() => {});
    const settings = { ...PRODUCTION, [name]: value };
    expect((await askWith(settings, "https://ensemble.example/api/status")).status).toBe(500);
    const health = await askWith(settings, "https://ensemble.example/health");
    expect(health.status).toBe(503);
    const said = (await health.json()) as { status: string; message: string };
    expect(said).toEqual({ status: "unavailable", message: expect.stringContaining(why) });
    expect(error.mock.calls.flat().join()).toContain(why);
  });

  it("with an error is logged once per isolate, not with every request", async () => {
    const error = vi.spyOn(console, "error").mockImplementation(() => {});
    const broken = { ...env, JWT_SECRET: "short" };
    for (const path of ["/", "/api/status", "/health", "/api/v1/auth/login"]) {
      const request = new Request(`http://localhost${path}`) as Parameters<typeof worker.fetch>[0];
      expect((await worker.fetch(request, broken, createExecutionContext())).status).toBeGreaterThanOrEqual(
        500,
      );
    }
    expect(error.mock.calls.length).toBe(1);
  });

  it("in production refuses sandbox payments, which would give credits away", async () => {
    const error = vi.spyOn(console, "error").mockImplementation(() => {});
    const settings = { ...PRODUCTION, PAYMENTS_SANDBOX: "true" };
    expect((await askWith(settings, "http://localhost/api/status")).status).toBe(500);
    expect(error.mock.calls.flat().join()).toContain("PAYMENTS_SANDBOX");
    error.mockRestore();
  });

  it.each([
    ["JWT_SECRET", undefined],
    ["JWT_SECRET", "short"],
    ["MUSICQR_SECRET_KEY", "please-change-me-please-change-me-please"],
    ["ADMIN_PASSWORD", "admin"],
    ["PRODUCT_HOSTS", "{"],
    ["PRODUCT_HOSTS", '{"a.example":"nothing"}'],
    ["VERIFY_INVALID_LIMIT", "many"],
  ])(
    "with %s = %s answers every request with 500 and names the setting only in the log",
    async (name, value) => {
      const error = vi.spyOn(console, "error").mockImplementation(() => {});
      const response = await askWith({ [name]: value }, "http://localhost/api/status");
      expect(response.status).toBe(500);
      const body = await response.text();
      expect(body).not.toContain(name);
      expect(response.headers.get("x-request-id")).toMatch(/^req_/);
      const logged = error.mock.calls.map(([line]) => String(line)).join("\n");
      expect(logged).toContain(name);
      if (value && value.length > 5) expect(logged).not.toContain(value);
    },
  );
});

describe("the log", () => {
  it("has one JSON line per request, with route and costs and without secrets, IP addresses or codes", async () => {
    const lines: string[] = [];
    vi.spyOn(console, "log").mockImplementation((text: string) => void lines.push(...text.split("\n")));
    const code = randomCode();
    await sync([code]);
    const response = await request(`/api/verify/${code}?token=hunter2`, {
      headers: { "cf-connecting-ip": "203.0.113.77" },
    });
    await request("/admin/login", jsonBody({ username: "someone@example.com", password: "hunter2" }));
    const id = response.headers.get("x-request-id");
    const line = await eventually(async () => lines.find((text) => text.includes(String(id))));
    expect(JSON.parse(line)).toEqual({
      level: "info",
      event: "request",
      at: expect.any(Number),
      id,
      product: "musicqr",
      method: "GET",
      route: "/api/verify/:code",
      status: 200,
      ms: expect.any(Number),
      d1: 2,
      durable: 0,
    });
    const all = lines.join("\n");
    for (const secret of [code, "hunter2", "203.0.113.77", "someone@example.com", keyed["x-api-key"]]) {
      expect(all).not.toContain(secret);
    }
  });
});

describe("health", () => {
  it("checks D1, R2 and a Durable Object", async () => {
    const { status, body, headers } = await requestJson("/health");
    expect(status).toBe(200);
    expect(body).toEqual({ status: "ok" });
    expect(headers.get("server-timing")).toContain('d1;desc="1", do;desc="1"');
  });

  it("is 503 when one of them does not answer, without details", async () => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    const broken = {
      prepare: () => ({
        bind: () => ({ first: () => Promise.reject(new Error("D1_ERROR: no such database")) }),
      }),
    };
    const response = await askWith({ DB: broken as unknown as D1Database }, "http://localhost/health");
    expect(response.status).toBe(503);
    expect(await response.text()).not.toContain("D1");
  });

  it.each([
    ["one was not applied", async () => null],
    [
      "none was ever applied",
      () => Promise.reject(new Error("D1_ERROR: no such table: d1_migrations: SQLITE_ERROR")),
    ],
  ])("names the missing migration when %s", async (_, first) => {
    const behind = { prepare: () => ({ bind: () => ({ first }) }) };
    const response = await askWith({ DB: behind as unknown as D1Database }, "http://localhost/health");
    expect(response.status).toBe(503);
    const latest = env.TEST_MIGRATIONS.at(-1)?.name;
    expect(await response.json()).toEqual({
      status: "unavailable",
      message: `the database is behind this version: apply the migrations up to ${latest}`,
    });
  });
});

describe("an outage", () => {
  it("is answered by a generic 500 in the product's shape", async () => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    const broken = {
      withSession: () => broken,
      prepare: () => {
        throw new Error("secret detail");
      },
    };
    const response = await askWith(
      { DB: broken as unknown as D1Database },
      `http://localhost/api/verify/${randomCode()}`,
    );
    expect(response.status).toBe(500);
    const body = await response.text();
    expect(JSON.parse(body)).toMatchObject({ success: false, error_code: "INTERNAL_ERROR" });
    expect(body).not.toContain("secret detail");
    expect(response.headers.get("x-request-id")).toMatch(/^req_/);
  });
});
