import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { OAuthGrants } from "../../src/core/oauth/index.ts";
import { HOUR_MS } from "../../src/lib/clock.ts";
import { primary } from "../../src/platform/db/client.ts";
import { newMeter } from "../../src/platform/meter.ts";
import { request, requestJson } from "../support/http.ts";
import { as, loopspaceId, newKey, newUser, PASSWORD, type SoraUser } from "../support/loopspace.ts";
import {
  type App,
  credentials,
  exchange,
  newApp,
  newAuthorizationCode,
  newChallenge,
  newTokens,
  type OAuthFailure,
  refreshWith,
  requestToken,
  statusOf,
  type Tokens,
} from "../support/oauth.ts";

interface Listed {
  readonly data: { id: string; name: string; scopes: string[]; createdAt: string; lastUsedAt: string }[];
  readonly total: number;
}

const db = primary(env.DB, newMeter());

/** Calls an endpoint about a token. */
const about = (endpoint: "revoke" | "introspect", app: App, token: string | undefined) =>
  request(`/api/oauth/${endpoint}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ ...credentials(app), token }),
  });

const introspect = async (app: App, token: string) =>
  (await (await about("introspect", app, token)).json()) as Record<string, unknown>;

let app: App & { owner: SoraUser };
let other: App;
let user: SoraUser;
beforeAll(async () => {
  [app, other, user] = await Promise.all([newApp(), newApp(), newUser()]);
});

describe("POST /api/oauth/revoke", () => {
  it("answers JSON also with status 200, because clients parse the body", async () => {
    for (const token of [(await newTokens(app, user)).access_token, "lsr_made-up"]) {
      const answer = await about("revoke", app, token);
      expect([answer.status, answer.headers.get("content-type"), await answer.json()]).toEqual([
        200,
        expect.stringContaining("application/json"),
        {},
      ]);
    }
  });

  it("revokes an access token alone", async () => {
    const tokens = await newTokens(app, user);
    expect((await about("revoke", app, tokens.access_token)).status).toBe(200);
    expect(await statusOf(tokens)).toBe(401);
    expect((await refreshWith(app, tokens.refresh_token)).status).toBe(200);
  });

  it("revokes, with a refresh token, all tokens of its grant at the next call", async () => {
    const tokens = await newTokens(app, user);
    const next = await refreshWith(app, tokens.refresh_token);
    expect((await about("revoke", app, next.body.refresh_token)).status).toBe(200);
    for (const { access_token } of [tokens, next.body]) expect(await statusOf({ access_token })).toBe(401);
    for (const { refresh_token } of [tokens, next.body])
      expect((await refreshWith(app, refresh_token)).status).toBe(400);
  });

  it("accepts an unknown token, and requires the parameter", async () => {
    expect((await about("revoke", app, "lsr_made-up")).status).toBe(200);
    const nothing = await about("revoke", app, undefined);
    expect([nothing.status, await nothing.json()]).toMatchObject([400, { error: "invalid_request" }]);
  });

  it("refuses tokens of another application, and wrong client credentials", async () => {
    const tokens = await newTokens(app, user);
    expect((await about("revoke", other, tokens.refresh_token)).status).toBe(400);
    const wrong = { ...app, clientSecret: "lcs_wrong" };
    expect((await about("revoke", wrong, tokens.refresh_token)).status).toBe(401);
    expect(await statusOf(tokens)).toBe(200);
  });

  it("also works for public applications", async () => {
    const phone = await newApp({ public: true });
    const { verifier, challenge } = newChallenge();
    const code = await newAuthorizationCode(phone, user, {
      code_challenge: challenge,
      code_challenge_method: "S256",
    });
    const { body } = await exchange(phone, code, { code_verifier: verifier });
    expect((await about("revoke", phone, body.refresh_token)).status).toBe(200);
    expect(await statusOf(body)).toBe(401);
  });
});

describe("POST /api/oauth/introspect", () => {
  it("describes an active token: its owner, scopes and expiry", async () => {
    const tokens = await newTokens(app, user, { scope: "users:read webhooks" });
    const now = Date.now() / 1_000;
    const facts = await introspect(app, tokens.access_token);
    expect(facts).toEqual({
      active: true,
      scope: "users:read webhooks",
      client_id: app.clientId,
      username: user.username,
      token_type: "Bearer",
      exp: expect.any(Number),
      iat: expect.any(Number),
      sub: loopspaceId(user),
      iss: "http://localhost",
    });
    expect(Number(facts.exp) - Number(facts.iat)).toBe(3_600);
    expect(Math.abs(Number(facts.iat) - now)).toBeLessThan(5);
    const refresh = await introspect(app, tokens.refresh_token);
    expect(refresh).toMatchObject({ active: true, sub: loopspaceId(user) });
    expect(refresh).not.toHaveProperty("token_type");
  });

  it("answers only that any other token is inactive", async () => {
    const tokens = await newTokens(app, user);
    const revoked = await newTokens(app, user);
    await about("revoke", app, revoked.refresh_token);
    const first = await newTokens(app, user);
    const second = await refreshWith(app, first.refresh_token);
    expect((await introspect(app, first.refresh_token)).active).toBe(true);
    await refreshWith(app, second.body.refresh_token);
    for (const [by, token] of [
      [other, tokens.access_token],
      [app, revoked.access_token],
      [app, first.refresh_token],
      [app, "lso_made-up"],
      [app, (await newKey(user)).key],
      [app, user.token],
    ] as const)
      expect(await introspect(by, token)).toEqual({ active: false });
  });

  it("refuses public applications and callers without credentials", async () => {
    const phone = await newApp({ public: true });
    for (const by of [phone, { ...app, clientSecret: null }]) {
      const answer = await about("introspect", by, "lso_made-up");
      expect(answer.status).toBe(401);
      expect(((await answer.json()) as OAuthFailure).error).toBe("invalid_client");
    }
  });
});

describe("/api/v1/developer/grants", () => {
  const list = async (of: SoraUser) => (await requestJson<Listed>("/api/v1/developer/grants", as(of))).body;

  it("lists each application that the caller authorized once, with all its scopes", async () => {
    const listener = await newUser();
    await newTokens(app, listener, { scope: "users:read" });
    await newTokens(app, listener, { scope: "webhooks users:read" });
    await newTokens(other, listener);
    const { data, total } = await list(listener);
    expect(total).toBe(2);
    expect(data.map(({ id }) => id)).toEqual([other.clientId, app.clientId]);
    expect(data[1]).toMatchObject({ name: "Mixtape", scopes: ["users:read", "webhooks"] });
    expect(Date.parse(data[1]?.lastUsedAt ?? "")).toBeGreaterThanOrEqual(
      Date.parse(data[1]?.createdAt ?? ""),
    );
    expect((await list(await newUser())).data).toEqual([]);
  });

  it("ends all grants of one application at once, and none of another account", async () => {
    const listener = await newUser();
    const waiting = await newAuthorizationCode(app, listener);
    const held: Tokens[] = [await newTokens(app, listener), await newTokens(app, listener)];
    const [kept, elses] = [await newTokens(other, listener), await newTokens(app, user)];
    const path = `/api/v1/developer/grants/${app.clientId}`;
    expect((await request(path, as(listener, "DELETE"))).status).toBe(204);
    for (const tokens of held) {
      expect(await statusOf(tokens)).toBe(401);
      expect((await refreshWith(app, tokens.refresh_token)).status).toBe(400);
    }
    expect((await exchange(app, waiting)).body.error).toBe("invalid_grant");
    for (const tokens of [kept, elses]) expect(await statusOf(tokens)).toBe(200);
    expect((await list(listener)).data.map(({ id }) => id)).toEqual([other.clientId]);
    expect((await request(path, as(listener, "DELETE"))).status).toBe(404);
  });

  it("accepts the owner's session, not API keys and OAuth tokens", async () => {
    const tokens = await newTokens(app, user);
    const { key } = await newKey(user);
    for (const token of [tokens.access_token, key])
      expect((await request("/api/v1/developer/grants", as({ token }))).status).toBe(401);
  });

  it("keeps grants after a change of password, which ends sessions", async () => {
    const listener = await newUser();
    const tokens = await newTokens(app, listener);
    const change = { currentPassword: PASSWORD, newPassword: "another good password" };
    await request("/api/users/password", as(listener, "PUT", change));
    expect((await request("/api/v1/users/me", as(listener))).status).toBe(401);
    expect(await statusOf(tokens)).toBe(200);
  });
});

describe("the metadata of RFC 8414", () => {
  it("names every endpoint under the configured origin of the request", async () => {
    const { status, body, headers } = await requestJson(
      "http://127.0.0.1:9999/.well-known/oauth-authorization-server",
    );
    expect(status).toBe(200);
    expect(headers.get("access-control-allow-origin")).toBe("*");
    expect(body).toMatchObject({
      issuer: "http://127.0.0.1:9999",
      authorization_endpoint: "http://127.0.0.1:9999/api/oauth/authorize",
      token_endpoint: "http://127.0.0.1:9999/api/oauth/token",
      code_challenge_methods_supported: ["S256"],
      authorization_response_iss_parameter_supported: true,
    });
  });

  it("and the token endpoint allow any origin, the consent page allows none", async () => {
    const origin = { origin: "https://spa.example.com" };
    const metadata = await request("/.well-known/oauth-authorization-server", { headers: origin });
    expect(metadata.headers.get("access-control-allow-origin")).toBe("*");
    const token = await requestToken({ grant_type: "x" }, origin);
    expect(token.headers.get("access-control-allow-origin")).toBe("*");
    const preflight = await request("/api/oauth/token", { method: "OPTIONS", headers: origin });
    expect(preflight.status).toBe(204);
    const page = await request("/api/oauth/authorize", { headers: origin });
    expect(page.headers.get("access-control-allow-origin")).toBeNull();
  });

  it("answers unknown OAuth paths with an OAuth error", async () => {
    const { status, body } = await requestJson<OAuthFailure>("/api/oauth/nothing");
    expect([status, body.error]).toEqual([404, "invalid_request"]);
  });
});

describe("pruning", () => {
  it("deletes expired grants, tokens and codes and keeps active ones", async () => {
    const living = await newTokens(app, user);
    const over = await newTokens(other, user);
    const spent = await refreshWith(app, living.refresh_token);
    await newAuthorizationCode(app, user);
    const itself = await requestToken({ grant_type: "client_credentials", ...credentials(other) });
    const expire = (where: string) =>
      env.DB.prepare(`UPDATE oauth_tokens SET expires_at = 1 WHERE ${where}`).run();
    await expire(`client_id = '${other.clientId}'`);
    await env.DB.prepare("UPDATE oauth_codes SET expires_at = 1 WHERE client_id = ?1")
      .bind(other.clientId)
      .run();
    const count = async (table: string, where: string) =>
      (await env.DB.prepare(`SELECT count(*) AS n FROM ${table} WHERE ${where}`).first<{ n: number }>())?.n ??
      -1;
    const mine = `client_id = '${app.clientId}'`;
    const before = await Promise.all(
      ["oauth_grants", "oauth_tokens", "oauth_codes"].map((t) => count(t, mine)),
    );
    await new OAuthGrants(db, () => Date.now()).prune();
    const after = await Promise.all(
      ["oauth_grants", "oauth_tokens", "oauth_codes"].map((t) => count(t, mine)),
    );
    expect(after).toEqual(before);
    for (const table of ["oauth_grants", "oauth_tokens", "oauth_codes"])
      expect(await count(table, `client_id = '${other.clientId}'`)).toBe(0);
    expect(await statusOf(spent.body)).toBe(200);
    expect(await statusOf(over)).toBe(401);
    expect(itself.status).toBe(200);
    await new OAuthGrants(db, () => Date.now() + 2 * HOUR_MS).prune();
    expect(await count("oauth_tokens", `${mine} AND kind = 'access'`)).toBe(0);
    expect((await refreshWith(app, spent.body.refresh_token)).status).toBe(200);
    expect(await count("oauth_codes", mine)).toBeGreaterThan(0);
  });
});
