import { beforeAll, describe, expect, it } from "vitest";
import { request, requestJson } from "../support/http.ts";
import { newUser, type SoraUser, withKey } from "../support/loopspace.ts";
import {
  type App,
  CALLBACK,
  credentials,
  exchange,
  newApp,
  newAuthorizationCode,
  newTokens,
  type OAuthFailure,
  refreshWith,
  requestToken,
  statusOf,
} from "../support/oauth.ts";

const METADATA = "/.well-known/oauth-protected-resource";
const FOREIGN = "https://api.example.com";

interface Metadata {
  readonly resource: string;
  readonly authorization_servers: readonly string[];
  readonly scopes_supported: readonly string[];
}

let app: App;
let user: SoraUser;
beforeAll(async () => {
  [app, user] = await Promise.all([newApp(), newUser()]);
});

describe("the metadata of the API as a protected resource", () => {
  it("leads from a refused call to the authorization server", async () => {
    for (const [init, error] of [
      [{}, undefined],
      [withKey("lso_made-up"), "invalid_token"],
    ] as const) {
      const refused = await request("/api/v1/users/me", init);
      expect(refused.status).toBe(401);
      const challenge = refused.headers.get("www-authenticate") ?? "";
      expect(/error="([^"]*)"/.exec(challenge)?.[1]).toBe(error);
      const [, address = ""] = /^Bearer .*resource_metadata="([^"]+)"/.exec(challenge) ?? [];
      expect(address).toBe(`http://localhost${METADATA}`);
      expect(refused.headers.get("access-control-expose-headers")).toContain("WWW-Authenticate");
      const { status, body, headers } = await requestJson<Metadata>(new URL(address).pathname);
      expect(status).toBe(200);
      expect(headers.get("access-control-allow-origin")).toBe("*");
      expect(body.resource).toBe("http://localhost");
      const [server = ""] = body.authorization_servers;
      const found = await requestJson<{
        issuer: string;
        protected_resources: string[];
        scopes_supported: string[];
      }>(`${new URL(server).pathname}.well-known/oauth-authorization-server`);
      expect(found.body.issuer).toBe(server);
      expect(found.body.protected_resources).toContain(body.resource);
      expect(body.scopes_supported).toEqual(found.body.scopes_supported);
    }
  });

  it("names the resource that its URL was derived from", async () => {
    for (const path of ["/api/v1", "/api/v1/audio", "/api/v1/users/me"])
      expect((await requestJson<Metadata>(METADATA + path)).body.resource).toBe(`http://localhost${path}`);
    for (const path of ["/api/v1/works", "/api/orders", "/x"])
      expect((await request(METADATA + path)).status).toBe(404);
  });
});

describe("the resource parameter of a token request", () => {
  const asked = { grant_type: "client_credentials" };

  it("is invalid_target for a foreign resource with every grant type, and consumes no code or token", async () => {
    const code = await newAuthorizationCode(app, user);
    const tokens = await newTokens(app, user);
    for (const refused of [
      await exchange(app, code, { resource: FOREIGN }),
      await refreshWith(app, tokens.refresh_token, { resource: FOREIGN }),
      await requestToken({ ...asked, ...credentials(app), resource: FOREIGN }),
    ])
      expect([refused.status, refused.body.error]).toEqual([400, "invalid_target"]);
    const own = "http://localhost/api/v1/audio";
    const exchanged = await exchange(app, code, { resource: own });
    expect(await statusOf(exchanged.body)).toBe(200);
    expect((await refreshWith(app, tokens.refresh_token, { resource: own })).status).toBe(200);
  });

  it("may be repeated, in a form and in JSON; one foreign value is enough for invalid_target", async () => {
    const own = ["http://localhost/api/v1/audio", "http://localhost/api/v1/users"];
    const inForm = (resources: readonly string[]) => {
      const body = new URLSearchParams(asked);
      for (const [name, value] of Object.entries(credentials(app))) body.append(name, value ?? "");
      for (const resource of resources) body.append("resource", resource);
      return requestJson<OAuthFailure>("/api/oauth/token", {
        method: "POST",
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: body.toString(),
      });
    };
    const inJson = (resource: unknown) =>
      requestJson<OAuthFailure>("/api/oauth/token", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ ...asked, ...credentials(app), resource }),
      });
    expect((await inForm(own)).status).toBe(200);
    expect((await inForm([...own, FOREIGN])).body.error).toBe("invalid_target");
    expect((await inJson(own)).status).toBe(200);
    expect((await inJson(own[0])).status).toBe(200);
    expect((await inJson([...own, FOREIGN])).body.error).toBe("invalid_target");
    expect((await inJson([1])).body.error).toBe("invalid_request");
    expect((await inJson([CALLBACK])).body.error).toBe("invalid_target");
  });
});
