import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { request, requestJson } from "../support/http.ts";
import { as, newKey, newUser, type Refusal, type SoraUser } from "../support/loopspace.ts";
import {
  CALLBACK,
  exchange,
  newAuthorizationCode,
  newTokens,
  refreshWith,
  statusOf,
} from "../support/oauth.ts";

const PATH = "/api/v1/developer/apps";

interface AppWire {
  readonly clientId: string;
  readonly clientSecret: string | null;
  readonly name: string;
  readonly redirectUris: string[];
}

const make = (user: SoraUser, change: Record<string, unknown> = {}) =>
  requestJson<AppWire>(PATH, as(user, "POST", { name: "Mixtape", redirectUris: [CALLBACK], ...change }));

let user: SoraUser;
beforeAll(async () => {
  user = await newUser();
});

describe("POST /api/v1/developer/apps", () => {
  it("creates an application and shows its secret only in this answer", async () => {
    const { status, body, headers } = await make(user);
    expect(status).toBe(201);
    expect(headers.get("cache-control")).toBe("no-store");
    expect(body).toEqual({
      clientId: expect.stringMatching(/^client_[\w-]{20}$/),
      clientSecret: expect.stringMatching(/^lcs_[\w-]{43}$/),
      name: "Mixtape",
      redirectUris: [CALLBACK],
      public: false,
      enabled: true,
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
    });
    const got = await requestJson(`${PATH}/${body.clientId}`, as(user));
    expect(got.body).not.toHaveProperty("clientSecret");
    const { results } = await env.DB.prepare("SELECT * FROM oauth_clients WHERE id = ?1")
      .bind(body.clientId)
      .all();
    expect(JSON.stringify(results)).not.toContain(body.clientSecret);
  });

  it.each([
    "https://app.example.com/callback",
    "https://app.example.com:8443/a?b=c",
    "http://127.0.0.1/callback",
    "http://[::1]:3000/",
    "http://localhost:3000/callback",
    "com.example.app:/callback",
    "com.example.app://callback?a=b",
    "io.github.mix-tape.2:/",
  ])("accepts %s as a redirect URI", async (uri) => {
    expect((await make(await newUser(), { redirectUris: [uri] })).status).toBe(201);
  });

  it("refuses redirect URIs outside https, loopback and private-use schemes, and those with OAuth response parameters", async () => {
    for (const uri of [
      "http://app.example.com/callback",
      "https://app.example.com/#fragment",
      "https://user:pass@app.example.com/",
      "javascript:alert(1)",
      "data:text/html,x",
      "file:///etc/passwd",
      "vbscript:/x",
      "intent://scan/#Intent;end",
      "myapp:/callback",
      "myapp://callback",
      ".example:/callback",
      "com.:/callback",
      "1com.example:/callback",
      "COM.EXAMPLE.APP:/callback",
      "com.example.app:callback",
      "com.example.app:/callback#fragment",
      "com.example.app:/callback?code=1",
      "com.example.app:/call back",
      "com.example.app://user:pass@callback",
      "http://127.0.0.2/callback",
      "https:app.example.com",
      "//app.example.com/callback",
      "/callback",
      "https://app.example.com/a b",
      "https://app.example.com\\@evil.example.com/",
      "https://app.example.com/?code=1",
      "https://app.example.com/?iss=x&b=1",
      "http://127.0.0.1.evil.example.com/",
      `https://app.example.com/${"x".repeat(512)}`,
      "",
    ]) {
      const { status, body } = await requestJson<Refusal>(
        PATH,
        as(user, "POST", { name: "Mixtape", redirectUris: [uri] }),
      );
      expect([status, body.error.code], uri).toEqual([400, "INVALID_REQUEST"]);
    }
  });

  it.each([
    ["eleven redirect URIs", { redirectUris: Array.from({ length: 11 }, (_, i) => `${CALLBACK}/${i}`) }],
    ["a redirect URI twice", { redirectUris: [CALLBACK, CALLBACK] }],
    ["redirect URIs that are not a list", { redirectUris: CALLBACK }],
    ["no name", { name: "  " }],
    ["a long name", { name: "x".repeat(81) }],
    ["a name with a bidirectional control character", { name: "Mix\u202etape" }],
  ])("refuses %s", async (_, change) => {
    expect((await make(await newUser(), change)).status).toBe(400);
  });

  it("accepts a name with the joiners of its script, and refuses a name of joiners alone", async () => {
    const name = "\u0639\u0644\u06cc\u200c\u0631\u0636\u0627 \ud83d\udc69\u200d\ud83d\udcbb";
    const user = await newUser();
    const { status, body } = await make(user, { name });
    expect([status, body.name]).toEqual([201, name]);
    expect((await make(user, { name: "\u200d\u200c" })).status).toBe(400);
  });

  it("limits an account to 100 applications, also under concurrent requests", async () => {
    const eager = await newUser();
    const [row] = (await env.DB.prepare("SELECT id FROM users WHERE uuid = ?1").bind(eager.id).all()).results;
    await env.DB.batch(
      Array.from({ length: 97 }, (_, i) =>
        env.DB.prepare(
          "INSERT INTO oauth_clients (id, owner_id, name, redirect_uris, created_at, updated_at) VALUES (?1, ?2, 'x', '[]', 1, 1)",
        ).bind(`client_${eager.id}_${i}`, row?.id),
      ),
    );
    const answers = await Promise.all(Array.from({ length: 8 }, () => make(eager)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(3);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(5);
    const { body } = await requestJson(`${PATH}?limit=40&page=3`, as(eager));
    expect(body).toMatchObject({ page: 3, limit: 40, total: 100, hasMore: false });
    expect(body.data).toHaveLength(20);
  });
});

describe("an application", () => {
  it("is visible only to its developer", async () => {
    const { body } = await make(user);
    const stranger = await newUser();
    const path = `${PATH}/${body.clientId}`;
    for (const [at, init] of [
      [path, as(stranger)],
      [path, as(stranger, "PATCH", { name: "Mine" })],
      [`${path}/secret`, as(stranger, "POST")],
      [path, as(stranger, "DELETE")],
    ] as const)
      expect((await request(at, init)).status).toBe(404);
    expect((await requestJson<{ data: unknown[] }>(PATH, as(stranger))).body.data).toEqual([]);
    const { key } = await newKey(user);
    for (const token of [key, (await newTokens(body, user)).access_token, "nothing"])
      expect((await request(path, as({ token }))).status).toBe(401);
  });

  it("changes its name and redirect URIs, and keeps omitted fields", async () => {
    const { body } = await make(user);
    const path = `${PATH}/${body.clientId}`;
    const renamed = await requestJson(path, as(user, "PATCH", { name: "Mixtape 2" }));
    expect(renamed.body).toMatchObject({ name: "Mixtape 2", redirectUris: [CALLBACK] });
    const moved = await requestJson(path, as(user, "PATCH", { redirectUris: [`${CALLBACK}/2`] }));
    expect(moved.body).toMatchObject({ name: "Mixtape 2", redirectUris: [`${CALLBACK}/2`] });
    expect((await requestJson(path, as(user))).body).toEqual(moved.body);
    expect((await request(path, as(user, "PATCH", {}))).status).toBe(400);
    expect((await request(path, as(user, "PATCH", { redirectUris: ["x"] }))).status).toBe(400);
  });

  it("replaces its secret at once and keeps its tokens", async () => {
    const developer = await newUser();
    const { body: app } = await make(developer);
    const tokens = await newTokens(app, developer);
    const path = `${PATH}/${app.clientId}/secret`;
    const { status, body: next } = await requestJson<AppWire>(path, as(developer, "POST"));
    expect(status).toBe(200);
    expect(next.clientSecret).not.toBe(app.clientSecret);
    expect((await refreshWith(app, tokens.refresh_token)).status).toBe(401);
    expect((await refreshWith(next, tokens.refresh_token)).status).toBe(200);
    expect(await statusOf(tokens)).toBe(200);
    const { body: phone } = await make(developer, { public: true });
    expect((await request(`${PATH}/${phone.clientId}/secret`, as(developer, "POST"))).status).toBe(409);
  });

  it("deletes all its grants, codes and tokens with itself", async () => {
    const developer = await newUser();
    const { body: app } = await make(developer);
    const [tokens, code] = [await newTokens(app, user), await newAuthorizationCode(app, user)];
    expect((await request(`${PATH}/${app.clientId}`, as(developer, "DELETE"))).status).toBe(204);
    expect(await statusOf(tokens)).toBe(401);
    expect((await exchange(app, code)).body.error).toBe("invalid_client");
    for (const table of ["oauth_codes", "oauth_grants", "oauth_tokens"]) {
      const row = await env.DB.prepare(`SELECT count(*) AS n FROM ${table} WHERE client_id = ?1`)
        .bind(app.clientId)
        .first();
      expect(row, table).toEqual({ n: 0 });
    }
    expect((await request(`${PATH}/${app.clientId}`, as(developer))).status).toBe(404);
  });
});
