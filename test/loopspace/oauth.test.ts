import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { OAuthGrants } from "../../src/core/oauth/index.ts";
import { primary } from "../../src/platform/db/client.ts";
import { newMeter } from "../../src/platform/meter.ts";
import { jsonBody, request, requestJson } from "../support/http.ts";
import { as, loopspaceId, newUser, type SoraUser } from "../support/loopspace.ts";
import {
  type App,
  CALLBACK,
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
} from "../support/oauth.ts";

const db = primary(env.DB, newMeter());
const basic = ({ clientId, clientSecret }: App) => `Basic ${btoa(`${clientId}:${clientSecret}`)}`;

let app: App;
let other: App;
let user: SoraUser;
beforeAll(async () => {
  [app, other, user] = await Promise.all([newApp(), newApp(), newUser()]);
});

describe("an authorization code", () => {
  it("is exchanged for tokens with the guide's JSON and with the standard's form", async () => {
    const asJson = await requestJson<Record<string, unknown>>(
      "/api/oauth/token",
      jsonBody({
        grant_type: "authorization_code",
        client_id: app.clientId,
        client_secret: app.clientSecret,
        code: await newAuthorizationCode(app, user),
        redirect_uri: CALLBACK,
      }),
    );
    const asForm = await exchange(app, await newAuthorizationCode(app, user));
    for (const { status, body, headers } of [asJson, asForm]) {
      expect(status).toBe(200);
      expect(body).toEqual({
        access_token: expect.stringMatching(/^lso_[\w-]{43}$/),
        token_type: "Bearer",
        expires_in: 3_600,
        refresh_token: expect.stringMatching(/^lsr_[\w-]{43}$/),
        scope: "audio:read users:read",
      });
      expect(headers.get("cache-control")).toBe("no-store");
    }
    expect(await statusOf(asForm.body)).toBe(200);
  });

  it("gives tokens that act for the consenting user, within the granted scopes", async () => {
    const stranger = await newUser();
    const tokens = await newTokens(app, user, { scope: "users:read" });
    const { body } = await requestJson("/api/v1/users/me", as({ token: tokens.access_token }));
    expect(body.id).toBe(loopspaceId(user));
    const path = `/api/v1/users/${loopspaceId(stranger)}/follow`;
    const refused = await request(path, as({ token: tokens.access_token }, "POST"));
    expect(refused.status).toBe(403);
    expect(refused.headers.get("www-authenticate")).toContain('error="insufficient_scope"');
    const more = await newTokens(app, user, { scope: "users:read users:write" });
    expect((await request(path, as({ token: more.access_token }, "POST"))).status).toBe(200);
  });

  it("is exchanged by an application that authenticates with HTTP Basic", async () => {
    const code = await newAuthorizationCode(app, user);
    const { status } = await requestToken(
      { grant_type: "authorization_code", code, redirect_uri: CALLBACK },
      { authorization: basic(app) },
    );
    expect(status).toBe(200);
  });

  it("works once: a second exchange revokes the tokens of the first", async () => {
    const code = await newAuthorizationCode(app, user);
    const { body } = await exchange(app, code);
    expect(await statusOf(body)).toBe(200);
    const again = await exchange(app, code);
    expect([again.status, again.body.error]).toEqual([400, "invalid_grant"]);
    expect(await statusOf(body)).toBe(401);
    expect((await refreshWith(app, body.refresh_token)).status).toBe(400);
  });

  it("is recognised as replayed after its expiry, also without its PKCE verifier", async () => {
    const { verifier, challenge } = newChallenge();
    const good = await newAuthorizationCode(app, user, {
      code_challenge: challenge,
      code_challenge_method: "S256",
    });
    const { body } = await exchange(app, good, { code_verifier: verifier });
    await env.DB.prepare("UPDATE oauth_codes SET expires_at = 1").run();
    expect((await exchange(app, good)).status).toBe(400);
    expect(await statusOf(body)).toBe(401);
  });

  it("succeeds once in ten concurrent exchanges, and the other nine revoke the issued token", async () => {
    const code = await newAuthorizationCode(app, user);
    const answers = await Promise.all(Array.from({ length: 10 }, () => exchange(app, code)));
    const won = answers.filter(({ status }) => status === 200);
    expect(won).toHaveLength(1);
    expect(await statusOf(won[0]?.body ?? { access_token: "" })).toBe(401);
  });

  it("expires after a minute", async () => {
    const asked = {
      clientId: app.clientId,
      redirectUri: CALLBACK,
      requestedRedirectUri: CALLBACK,
      scopes: ["users:read"] as const,
      state: undefined,
      codeChallenge: null,
    };
    const row = await env.DB.prepare("SELECT id FROM users WHERE uuid = ?1")
      .bind(user.id)
      .first<{ id: number }>();
    const issued = async (ago: number): Promise<string> => {
      const code = await new OAuthGrants(db, () => Date.now() - ago).issueCode(row?.id ?? 0, asked);
      return code.ok ? code.value : "";
    };
    expect((await exchange(app, await issued(55_000))).status).toBe(200);
    expect((await exchange(app, await issued(61_000))).body).toMatchObject({ error: "invalid_grant" });
  });

  it("is refused from another application and stays valid for its own", async () => {
    const code = await newAuthorizationCode(app, user);
    expect((await exchange(other, code)).body.error).toBe("invalid_grant");
    expect((await exchange(app, code)).status).toBe(200);
  });

  it.each([
    ["another redirect URI", { redirect_uri: `${CALLBACK}/` }, "invalid_grant"],
    ["no redirect URI", { redirect_uri: undefined }, "invalid_grant"],
    ["an altered code", { code: "A".repeat(43) }, "invalid_grant"],
    ["no code", { code: undefined }, "invalid_request"],
    ["no grant type", { grant_type: undefined }, "invalid_request"],
    ["an unsupported grant type", { grant_type: "password" }, "unsupported_grant_type"],
    ["a verifier to a code without a challenge", { code_verifier: newChallenge().verifier }, "invalid_grant"],
  ])("is not exchanged with %s", async (_, change, error) => {
    const code = await newAuthorizationCode(app, user);
    const { status, body } = await exchange(app, code, change);
    expect([status, body.error]).toEqual([400, error]);
    expect((await exchange(app, code)).status).toBe(200);
  });

  it("that was requested without a redirect URI is exchanged without one", async () => {
    const code = await newAuthorizationCode(app, user, { redirect_uri: undefined });
    expect((await exchange(app, code, { redirect_uri: undefined })).status).toBe(200);
  });
});

describe("PKCE", () => {
  const { verifier, challenge } = newChallenge();
  const asked = { code_challenge: challenge, code_challenge_method: "S256" };

  it("requires the verifier of the application that started the flow", async () => {
    const code = await newAuthorizationCode(app, user, asked);
    for (const wrong of [undefined, newChallenge().verifier, challenge, "x"])
      expect((await exchange(app, code, { code_verifier: wrong })).body.error).toBe("invalid_grant");
    expect((await exchange(app, code, { code_verifier: verifier })).status).toBe(200);
  });

  it("authenticates an application without a secret", async () => {
    const phone = await newApp({ public: true });
    expect(phone.clientSecret).toBeNull();
    const code = await newAuthorizationCode(phone, user, asked);
    expect((await exchange(phone, code, { client_secret: "made up" })).body.error).toBe("invalid_client");
    const { status, body } = await exchange(phone, code, { code_verifier: verifier });
    expect(status).toBe(200);
    expect((await refreshWith(phone, body.refresh_token)).status).toBe(200);
    const itself = await requestToken({ grant_type: "client_credentials", ...credentials(phone) });
    expect([itself.status, itself.body.error]).toEqual([400, "unauthorized_client"]);
  });
});

describe("client_credentials", () => {
  it("act for the application's own developer, without a refresh token", async () => {
    const mine = await newApp();
    const { status, body } = await requestToken({
      grant_type: "client_credentials",
      scope: "users:read users:write",
      ...credentials(mine),
    });
    expect(status).toBe(200);
    expect(body.scope).toBe("users:read users:write");
    expect(body).not.toHaveProperty("refresh_token");
    const me = await requestJson("/api/v1/users/me", as({ token: body.access_token }));
    expect(me.body.id).toBe(loopspaceId(mine.owner));
  });

  it("give read scopes when none is named, and refuse unknown scopes", async () => {
    const ask = (scope?: string) =>
      requestToken({ grant_type: "client_credentials", ...credentials(app), scope });
    expect((await ask()).body.scope).toBe("audio:read users:read");
    expect((await ask("everything")).body.error).toBe("invalid_scope");
  });
});

describe("an application that is not authenticated", () => {
  it.each([
    ["a wrong secret", () => ({ ...credentials(app), client_secret: "lcs_wrong" })],
    ["another's secret", () => ({ ...credentials(app), client_secret: other.clientSecret ?? "" })],
    ["no secret", () => ({ client_id: app.clientId })],
    ["an unknown client id", () => ({ ...credentials(app), client_id: "client_nobody" })],
    ["nothing", () => ({})],
  ])("is 401 with %s, and the answer names the scheme", async (_, fields) => {
    const { status, body, headers } = await requestToken({ grant_type: "client_credentials", ...fields() });
    expect([status, body.error]).toEqual([401, "invalid_client"]);
    expect(headers.get("www-authenticate")).toContain("Basic");
    expect(headers.get("cache-control")).toBe("no-store");
  });

  it.each(["Basic %%%", "Basic bm9jb2xvbg==", "Bearer abc", "Basic", `Basic ${btoa("%E0%A4%A:x")}`])(
    "is 401 with %s",
    async (authorization) => {
      const { status, body } = await requestToken({ grant_type: "client_credentials" }, { authorization });
      expect([status, body.error]).toEqual([401, "invalid_client"]);
    },
  );

  it("may authenticate in only one way per request", async () => {
    const asked = { grant_type: "client_credentials" };
    const headers = { authorization: basic(app) };
    expect((await requestToken({ ...asked, ...credentials(app) }, headers)).body.error).toBe(
      "invalid_request",
    );
    expect((await requestToken({ ...asked, client_id: other.clientId }, headers)).body.error).toBe(
      "invalid_request",
    );
    expect((await requestToken({ ...asked, client_id: app.clientId }, headers)).status).toBe(200);
  });

  it("has a limit per IP network, and authenticated applications have a higher one", async () => {
    // Addresses of one IPv6 /64 network share a limit.
    const network = `2001:db8:${crypto.randomUUID().slice(0, 4)}:7`;
    const address = { "cf-connecting-ip": `${network}::1` };
    const asked = { grant_type: "client_credentials" };
    const statuses = [];
    for (let i = 0; i < 61; i++)
      statuses.push((await requestToken(asked, { "cf-connecting-ip": `${network}::${i + 1}` })).status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(60);
    const { status, body, headers } = await requestToken(asked, address);
    expect([status, body.error]).toEqual([429, "temporarily_unavailable"]);
    expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await requestToken({ ...asked, ...credentials(app) }, address)).status).toBe(200);
  });
});

describe("a malformed body", () => {
  const post = (body: string, type: string) =>
    requestJson<OAuthFailure>("/api/oauth/token", {
      method: "POST",
      headers: { "content-type": type },
      body,
    });

  it.each([
    ["no JSON", "{", "application/json"],
    ["a list", "[]", "application/json"],
    ["a number instead of a text", '{"grant_type":1}', "application/json"],
    ["a repeated parameter", "grant_type=a&grant_type=b", "application/x-www-form-urlencoded"],
    ["plain text", "grant_type=client_credentials", "text/plain"],
  ])("is refused with the standard's error: %s", async (_, body, type) => {
    const { status, body: said } = await post(body, type);
    expect([status, said.error]).toEqual([400, "invalid_request"]);
    expect(said.error_description).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/);
  });

  it("that is too large is 413 with the standard's error", async () => {
    const { status, body } = await post(`code=${"x".repeat(20_000)}`, "application/x-www-form-urlencoded");
    expect([status, body.error]).toEqual([413, "invalid_request"]);
  });
});

describe("the database", () => {
  it("stores no token, code or secret in plain text", async () => {
    const { verifier, challenge } = newChallenge();
    const code = await newAuthorizationCode(app, user, {
      code_challenge: challenge,
      code_challenge_method: "S256",
    });
    const { body } = await exchange(app, code, { code_verifier: verifier });
    const tables = await Promise.all(
      ["oauth_clients", "oauth_codes", "oauth_grants", "oauth_tokens"].map((table) =>
        env.DB.prepare(`SELECT * FROM ${table}`).all(),
      ),
    );
    const text = JSON.stringify(tables.map(({ results }) => results));
    expect(text).toContain(app.clientId);
    for (const secret of [body.access_token, body.refresh_token, code, verifier, app.clientSecret ?? "?"])
      expect(text).not.toContain(secret);
  });
});
