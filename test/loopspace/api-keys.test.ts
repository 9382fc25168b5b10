import { env } from "cloudflare:workers";
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { ApiKeys } from "../../src/core/access/index.ts";
import { DAY_MS, utcDay } from "../../src/lib/clock.ts";
import { primary } from "../../src/platform/db/client.ts";
import { newMeter } from "../../src/platform/meter.ts";
import { eventually, request, requestJson } from "../support/http.ts";
import {
  as,
  type IssuedKey,
  loopspaceId,
  newKey,
  newUser,
  type Refusal,
  type SoraUser,
  withKey,
} from "../support/loopspace.ts";
import { newApp, newTokens } from "../support/oauth.ts";

const PATH = "/api/v1/developer/keys";
const db = primary(env.DB, newMeter());

interface Usage {
  readonly days: number;
  readonly calls: number;
  readonly failures: number;
  readonly data: { day: string; credential: string; calls: number; failures: number }[];
}

const me = (key: string) => request("/api/v1/users/me", withKey(key));
const listed = async (user: SoraUser) =>
  (await requestJson<{ data: (IssuedKey & { lastUsedAt: string | null })[]; total: number }>(PATH, as(user)))
    .body;
const idOf = async (user: SoraUser): Promise<number> =>
  (await env.DB.prepare("SELECT id FROM users WHERE uuid = ?1").bind(user.id).first<{ id: number }>())?.id ??
  0;

describe("POST /api/v1/developer/keys", () => {
  it("creates a key, shows it only in this answer and stores its digest", async () => {
    const user = await newUser();
    const { status, body, headers } = await requestJson<IssuedKey>(
      PATH,
      as(user, "POST", { name: "backend", environment: "live" }),
    );
    expect(status).toBe(201);
    expect(headers.get("cache-control")).toBe("no-store");
    expect(body).toEqual({
      id: expect.stringMatching(/^key_[\w-]{20}$/),
      key: expect.stringMatching(/^lsk_live_[\w-]{43}$/),
      name: "backend",
      environment: "live",
      prefix: body.key.slice(0, 14),
      scopes: ["audio:read", "audio:write", "users:read", "users:write", "webhooks", "purchases"],
      createdAt: expect.any(String),
      lastUsedAt: null,
      expiresAt: null,
    });
    const row = await env.DB.prepare("SELECT * FROM api_keys WHERE id = ?1").bind(body.id).first();
    expect(row?.key_hash).toBe(createHash("sha256").update(body.key).digest("hex"));
    expect(JSON.stringify(row)).not.toContain(body.key.slice(15));
    expect(JSON.stringify(await listed(user))).not.toContain(body.key);
    expect((await me(body.key)).status).toBe(200);
  });

  it('accepts the guide\'s name "production" for the live environment and answers "live"', async () => {
    const user = await newUser();
    const made = await newKey(user, { environment: "production" });
    expect(made).toMatchObject({ environment: "live", key: expect.stringMatching(/^lsk_live_/) });
    expect((await listed(user)).data).toMatchObject([{ id: made.id, environment: "live" }]);
    expect((await me(made.key)).status).toBe(200);
  });

  it("marks sandbox keys with the prefix lsk_test_", async () => {
    expect((await newKey(await newUser(), { environment: "sandbox" })).key).toMatch(/^lsk_test_/);
  });

  it.each([
    ["another environment", { environment: "staging" }],
    ["a scope that does not exist", { scopes: ["everything"] }],
    ["no scope", { scopes: [] }],
    ["an expiry in the past", { expiresAt: "2020-01-01T00:00:00Z" }],
    ["an expiry that is not a timestamp", { expiresAt: "tomorrow" }],
    ["no name", { name: "" }],
  ])("refuses %s", async (_, change) => {
    const user = await newUser();
    const wanted = { name: "backend", environment: "live", ...change };
    const { status, body } = await requestJson<Refusal>(PATH, as(user, "POST", wanted));
    expect([status, body.error.code]).toEqual([400, "INVALID_REQUEST"]);
  });

  it("accepts the account's session, not an API key", async () => {
    const { key } = await newKey(await newUser());
    for (const init of [withKey(key, "POST", { name: "x", environment: "live" }), withKey(key)])
      expect((await request(PATH, init)).status).toBe(401);
  });

  it("limits an account to 100 keys", async () => {
    const user = await newUser();
    const keys = new ApiKeys(db, () => Date.now());
    const id = await idOf(user);
    const wanted = { name: "x", environment: "live", scopes: ["users:read"], expiresAt: null } as const;
    const made = await Promise.all(Array.from({ length: 110 }, () => keys.issue(id, wanted)));
    expect(made.filter(({ ok }) => ok)).toHaveLength(100);
    const [first] = made;
    expect(first?.ok && (await keys.rotate(id, first.value.id)).ok).toBe(true);
    expect((await listed(user)).total).toBe(101);
  });
});

describe("a key", () => {
  it("may do what its scopes allow and nothing else", async () => {
    const [user, stranger] = await Promise.all([newUser(), newUser()]);
    const [reader, writer] = await Promise.all([
      newKey(user, { scopes: ["users:read"] }),
      newKey(user, { scopes: ["users:write"] }),
    ]);
    const follow = `/api/v1/users/${loopspaceId(stranger)}/follow`;
    expect((await me(reader.key)).status).toBe(200);
    expect((await request(follow, withKey(writer.key, "POST"))).status).toBe(200);
    const refused = await requestJson<Refusal>(follow, withKey(reader.key, "POST"));
    expect([refused.status, refused.body.error.code]).toEqual([403, "INSUFFICIENT_SCOPE"]);
    expect((await me(writer.key)).status).toBe(403);
  });

  it("of the sandbox sees only sandbox data, a live key only live data", async () => {
    const [user, stranger] = await Promise.all([newUser(), newUser()]);
    const [live, test] = [await newKey(user), await newKey(user, { environment: "sandbox" })];
    const followersBy = async (key: string) => {
      const { body } = await requestJson<{ stats: { followersCount: number }; isFollowing: boolean }>(
        `/api/v1/users/${loopspaceId(stranger)}`,
        withKey(key),
      );
      return [body.stats.followersCount, body.isFollowing];
    };
    await request(`/api/v1/users/${loopspaceId(stranger)}/follow`, withKey(test.key, "POST"));
    expect(await followersBy(test.key)).toEqual([1, true]);
    expect(await followersBy(live.key)).toEqual([0, false]);
  });

  it.each([
    ["altered", (key: string) => `${key.slice(0, -1)}${key.endsWith("A") ? "B" : "A"}`],
    ["cut off", (key: string) => key.slice(0, -1)],
    ["of the other environment", (key: string) => key.replace("live", "test")],
    ["made up", () => "lsk_live_made-up"],
  ])("that is %s is refused", async (_, change) => {
    const { key } = await newKey(await newUser());
    const answer = await me(change(key));
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toContain('error="invalid_token"');
  });

  it("expires at its `expiresAt`", async () => {
    const user = await newUser();
    const expiresAt = new Date(Date.now() + DAY_MS).toISOString();
    const key = await newKey(user, { expiresAt });
    expect(key.expiresAt).toBe(expiresAt);
    const later = (ms: number) => new ApiKeys(db, () => Date.now() + ms).find(key.key);
    expect((await later(DAY_MS - 60_000)).ok).toBe(true);
    expect((await later(DAY_MS + 60_000)).ok).toBe(false);
  });

  it("stops working at once when its owner revokes it", async () => {
    const [user, stranger] = await Promise.all([newUser(), newUser()]);
    const { id, key } = await newKey(user);
    expect((await request(`${PATH}/${id}`, as(stranger, "DELETE"))).status).toBe(404);
    expect((await me(key)).status).toBe(200);
    expect((await request(`${PATH}/${id}`, as(user, "DELETE"))).status).toBe(204);
    expect((await me(key)).status).toBe(401);
    expect((await request(`${PATH}/${id}`, as(user, "DELETE"))).status).toBe(404);
    expect((await listed(user)).data).toEqual([]);
  });
});

describe("POST /api/v1/developer/keys/{id}/rotate", () => {
  it("creates a key with the same settings and keeps the old one valid for a day", async () => {
    const user = await newUser();
    const old = await newKey(user, { name: "worker", environment: "sandbox", scopes: ["users:read"] });
    const { status, body } = await requestJson<IssuedKey>(`${PATH}/${old.id}/rotate`, as(user, "POST"));
    expect(status).toBe(201);
    expect(body).toMatchObject({
      name: "worker",
      environment: "sandbox",
      scopes: ["users:read"],
      expiresAt: null,
    });
    for (const { key } of [old, body]) expect((await me(key)).status).toBe(200);
    const found = (ms: number, key: string) => new ApiKeys(db, () => Date.now() + ms).find(key);
    expect((await found(DAY_MS - 60_000, old.key)).ok).toBe(true);
    expect((await found(DAY_MS + 60_000, old.key)).ok).toBe(false);
    expect((await found(DAY_MS + 60_000, body.key)).ok).toBe(true);
  });

  it("succeeds once under ten concurrent requests, and never for another account", async () => {
    const [user, stranger] = await Promise.all([newUser(), newUser()]);
    const { id } = await newKey(user);
    expect((await request(`${PATH}/${id}/rotate`, as(stranger, "POST"))).status).toBe(404);
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => requestJson(`${PATH}/${id}/rotate`, as(user, "POST"))),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([
      201,
      ...Array.from({ length: 9 }, () => 409),
    ]);
    expect((await listed(user)).data).toHaveLength(2);
  });

  it("leaves no successor when the key is revoked concurrently", async () => {
    const user = await newUser();
    const id = await idOf(user);
    const keys = new ApiKeys(db, () => Date.now());
    for (let i = 0; i < 5; i++) {
      const key = await newKey(user);
      const [, rotated] = await Promise.all([keys.revoke(id, key.id), keys.rotate(id, key.id)]);
      const row = await env.DB.prepare("SELECT revoked_at FROM api_keys WHERE id = ?1").bind(key.id).first();
      const revokedFirst = !rotated.ok;
      expect(row?.revoked_at).not.toBeNull();
      const successors = (await listed(user)).data.filter(({ id: one }) => one !== key.id);
      expect(successors).toHaveLength(revokedFirst ? 0 : 1);
      for (const { id: one } of successors) await keys.revoke(id, one);
    }
    const gone = await newKey(user);
    const stale = new ApiKeys(
      new Proxy(db, {
        get: (target, name) => {
          // The row as it was before the revocation. The transaction must check the revocation again.
          if (name === "select") return () => ({ from: () => ({ where: async () => [stored] }) });
          return Reflect.get(target, name);
        },
      }),
      () => Date.now(),
    );
    const [stored] = (
      await env.DB.prepare(
        "SELECT name, environment, scope, expires_at AS expiresAt FROM api_keys WHERE id = ?1",
      )
        .bind(gone.id)
        .all()
    ).results;
    await keys.revoke(id, gone.id);
    expect(await stale.rotate(id, gone.id)).toMatchObject({ ok: false, error: { code: "not_found" } });
  });
});

describe("limits", () => {
  it("are 60 calls per minute and account, across all its credentials", async () => {
    const user = await newUser();
    const [one, two] = [await newKey(user), await newKey(user)];
    const answers = [];
    for (let i = 0; i < 60; i++)
      answers.push((await request("/api/v1/users/me", i % 2 ? withKey(one.key) : withKey(two.key))).status);
    expect(answers.filter((status) => status === 200)).toHaveLength(58);
    const { status, body, headers } = await requestJson<Refusal>("/api/v1/users/me", withKey(one.key));
    expect([status, body.error.code]).toEqual([429, "RATE_LIMIT_EXCEEDED"]);
    expect(body.error.retryAfter).toBeGreaterThan(0);
    expect(body.error.retryAfter).toBeLessThanOrEqual(60);
    expect(headers.get("retry-after")).toBe(String(body.error.retryAfter));
    expect(headers.get("x-ratelimit-limit")).toBe("60");
  });

  it("are 1000 calls per minute with the pro plan", async () => {
    const user = await newUser();
    const { key } = await newKey(user);
    await env.DB.prepare("UPDATE users SET plan = 'pro' WHERE uuid = ?1").bind(user.id).run();
    expect((await me(key)).headers.get("x-ratelimit-limit")).toBe("1000");
  });
});

describe("GET /api/v1/developer/usage", () => {
  const usageOf = async (user: SoraUser, query = "") =>
    (await requestJson<Usage>(`/api/v1/developer/usage${query}`, as(user))).body;

  it("counts calls and refusals per key and day, and says when a key was last used", async () => {
    const user = await newUser();
    const key = await newKey(user, { scopes: ["users:read"] });
    const before = Date.now();
    for (let i = 0; i < 3; i++) await me(key.key);
    await request(`/api/v1/users/${loopspaceId(user)}/follow`, withKey(key.key, "POST"));
    const counted = await eventually(async () =>
      (await usageOf(user)).data.find(({ credential, calls }) => credential === key.id && calls === 4),
    );
    expect(counted).toEqual({ day: utcDay(Date.now()), credential: key.id, calls: 4, failures: 1 });
    const usage = await usageOf(user);
    expect(usage.days).toBe(30);
    expect(usage.calls).toBe(usage.data.reduce((sum, { calls }) => sum + calls, 0));
    expect(usage.failures).toBeGreaterThanOrEqual(1);
    const [{ lastUsedAt } = { lastUsedAt: null }] = (await listed(user)).data;
    expect(Date.parse(lastUsedAt ?? "")).toBeGreaterThanOrEqual(before);
  });

  it("counts an application's calls for its developer, not for the user that authorized it", async () => {
    const [app, user] = [await newApp(), await newUser()];
    const { access_token } = await newTokens(app, user);
    await me(access_token);
    await eventually(async () =>
      (await usageOf(app.owner)).data.find(({ credential }) => credential === app.clientId),
    );
    expect((await usageOf(user)).data.map(({ credential }) => credential)).not.toContain(app.clientId);
  });

  it("covers the requested number of days", async () => {
    const user = await newUser();
    const id = await idOf(user);
    const insert = env.DB.prepare(
      "INSERT INTO api_usage (user_id, day, credential, calls, failures) VALUES (?1, ?2, 'key_old', 7, 2)",
    );
    await env.DB.batch([1, 6, 7, 40].map((ago) => insert.bind(id, utcDay(Date.now() - ago * DAY_MS))));
    const daysOf = async (query: string) =>
      (await usageOf(user, query)).data.filter(({ credential }) => credential === "key_old").length;
    expect(await daysOf("?days=7")).toBe(2);
    expect(await daysOf("")).toBe(3);
    expect(await daysOf("?days=90")).toBe(4);
    for (const days of ["0", "91", "x"])
      expect((await request(`/api/v1/developer/usage?days=${days}`, as(user))).status).toBe(400);
  });
});

describe("queries for all rows of one parent", () => {
  it.each([
    [
      "deliveries that failed",
      "webhook_deliveries WHERE endpoint_id = 'wh_1' AND status = 'failed' ORDER BY created_at DESC, id DESC",
      "webhook_deliveries_failed",
    ],
    ["a key's successor", "api_keys WHERE rotated_from = 'key_1'", "api_keys_rotated_from"],
    ["an application's codes", "oauth_codes WHERE client_id = 'client_1'", "oauth_codes_by_client"],
    [
      "an application's webhooks",
      "webhook_endpoints WHERE client_id = 'client_1'",
      "webhook_endpoints_by_client",
    ],
  ])("use an index for %s", async (_, from, index) => {
    const plan = await env.DB.prepare(`EXPLAIN QUERY PLAN SELECT * FROM ${from}`).first<{ detail: string }>();
    expect(plan?.detail).toContain(index);
  });
});
