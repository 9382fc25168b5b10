import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { handle } from "../../src/app.ts";
import { jsonBody, newAddress, request, requestJson } from "../support/http.ts";
import { as, bearer, newIdentity, newUser, PASSWORD, type Refusal } from "../support/loopspace.ts";

interface Session {
  readonly token: string;
  readonly expiresAt: string;
  readonly user: { id: string; username: string };
}

const signIn = <T = Session>(identifier: string, password: string, headers = {}) =>
  requestJson<T>("/api/v1/developer/session", jsonBody({ identifier, password }, headers));

describe("the console's own sign-in", () => {
  it("creates an account with a token that all products accept", async () => {
    const identity = newIdentity();
    const { status, body, headers } = await requestJson<Session>(
      "/api/v1/developer/accounts",
      jsonBody(identity),
    );
    expect(status).toBe(201);
    expect(headers.get("cache-control")).toBe("no-store");
    expect(body.user.username).toBe(identity.username);
    expect(Date.parse(body.expiresAt)).toBeGreaterThan(Date.now() + 23 * 3_600_000);
    expect((await requestJson("/api/v1/users/me", as(body))).body.id).toBe(body.user.id);
    expect((await request("/api/v1/developer/keys", as(body))).status).toBe(200);
    // The token works for all products of the platform.
    expect((await request("/api/credits/balance", as(body))).status).toBe(200);
  });

  it("refuses a taken username and an invalid one", async () => {
    const user = await newUser();
    const taken = { ...newIdentity(), username: user.username.toUpperCase() };
    const again = await requestJson<Refusal>("/api/v1/developer/accounts", jsonBody(taken));
    expect([again.status, again.body.error.code]).toEqual([409, "CONFLICT"]);
    const none = { ...newIdentity(), username: "a@b.example" };
    expect((await request("/api/v1/developer/accounts", jsonBody(none))).status).toBe(400);
  });

  it("accepts a username or an email address, and refuses another password", async () => {
    const user = await newUser();
    for (const identifier of [user.username, user.email]) {
      const { status, body } = await signIn(identifier, PASSWORD);
      expect([status, body.user.username]).toEqual([201, user.username]);
    }
    const { status, body } = await signIn<Refusal>(user.username, "another password");
    expect([status, body.error.code]).toEqual([401, "UNAUTHORIZED"]);
  });

  it("is available on a host of Loopspace alone, where sign-ins of other products are not", async () => {
    const user = await newUser();
    const hosts = {
      ...env,
      PRODUCT_HOSTS: JSON.stringify({ "loop.example.com": "loopspace" }),
    } as typeof env;
    const at = (path: string, init?: RequestInit) =>
      handle(new Request(`https://loop.example.com${path}`, init), hosts, createExecutionContext());
    const credentials = jsonBody({ identifier: user.username, email: user.email, password: PASSWORD });
    expect((await at("/api/v1/developer/session", credentials)).status).toBe(201);
    expect((await at("/api/v1/auth/login", credentials)).status).toBe(404);
    expect(await (await at("/loopspace/console")).text()).toContain("/assets/loopspace-console.js");
  });

  it("limits password guesses", async () => {
    const user = await newUser();
    const here = { "cf-connecting-ip": newAddress() };
    for (let i = 0; i < 10; i++) await signIn(user.username, "a guess", here);
    const { status, body } = await signIn<Refusal>(user.username, PASSWORD, here);
    expect([status, body.error.code]).toEqual([429, "RATE_LIMIT_EXCEEDED"]);
    expect(body.error.retryAfter).toBeGreaterThan(0);
    const address = { "cf-connecting-ip": newAddress() };
    const tries = [];
    for (let i = 0; i <= 30; i++) tries.push((await signIn(`nobody ${i}`, "a guess", address)).status);
    expect(tries.indexOf(429)).toBe(30);
  });

  it("ends one session and no other of the account", async () => {
    const user = await newUser();
    const { body } = await signIn(user.username, PASSWORD);
    const out = await request("/api/v1/developer/session", { method: "DELETE", headers: bearer(body) });
    expect(out.status).toBe(204);
    expect((await request("/api/v1/users/me", as(body))).status).toBe(401);
    expect((await request("/api/v1/users/me", as(user))).status).toBe(200);
    expect((await request("/api/v1/developer/session", { method: "DELETE" })).status).toBe(401);
  });
});
