import { describe, expect, it } from "vitest";
import { jsonBody, newAddress, request, requestJson } from "../support/http.ts";
import { as, newIdentity, newUser, PASSWORD, refresh, refreshCookieOf, signIn } from "../support/sora.ts";

const register = (body: unknown, address = newAddress()) =>
  requestJson("/api/auth/register", jsonBody(body, { "cf-connecting-ip": address }));

const profileStatus = async (token: string) => (await request("/api/users/profile", as({ token }))).status;

describe("POST /api/auth/register", () => {
  it("creates an account, signs it in and answers as documented", async () => {
    const identity = newIdentity();
    const { status, body, headers } = await register(identity);
    expect(status).toBe(201);
    expect(body).toEqual({
      user: {
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        email: identity.email,
        username: identity.username,
        role: "USER",
        createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        updatedAt: expect.any(String),
      },
      accessToken: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
    });
    expect(await profileStatus(body.accessToken as string)).toBe(200);
    const cookie = headers.getSetCookie().join();
    for (const part of ["HttpOnly", "SameSite=Strict", "Path=/api/auth", "Max-Age=604800"])
      expect(cookie).toContain(part);
  });

  it("starts the wallet with 50 credits", async () => {
    const user = await newUser();
    const { body } = await requestJson("/api/credits/balance", as(user));
    expect(body).toEqual({ userId: user.id, balance: 50 });
  });

  it("accepts an email address and a username once, in any case", async () => {
    const identity = newIdentity();
    expect((await register(identity)).status).toBe(201);
    const sameEmail = { ...newIdentity(), email: identity.email.toUpperCase() };
    const sameName = { ...newIdentity(), username: identity.username.toUpperCase() };
    expect((await register(sameEmail)).body).toMatchObject({
      error: "Conflict",
      message: "邮箱已被注册",
      statusCode: 409,
    });
    expect((await register(sameName)).body).toMatchObject({ message: "用户名已被使用", statusCode: 409 });
  });

  it("creates one account for ten concurrent requests with the same username", async () => {
    const { username, password } = newIdentity();
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => register({ username, password, email: newIdentity().email })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([
      201,
      ...Array.from({ length: 9 }, () => 409),
    ]);
  });

  it("refuses the administrator's username", async () => {
    expect((await register({ ...newIdentity(), username: "Admin" })).status).toBe(409);
  });

  it.each([
    ["a short password", { password: "1234567" }],
    ["a long password", { password: "x".repeat(129) }],
    ["an invalid email address", { email: "not an address" }],
    ["a short name", { username: "ab" }],
    ["a name with an @", { username: "a@b.example" }],
    ["a name with a control character", { username: "ab\u0000cd" }],
    ["a number as username", { username: 12345 }],
  ])("refuses %s and names the field", async (_, wrong) => {
    const { status, body } = await register({ ...newIdentity(), ...wrong });
    expect(status).toBe(400);
    expect(body).toMatchObject({ error: "Validation Error", message: "请求参数不正确", statusCode: 400 });
    expect((body.errors as { path: string }[])[0]?.path).toBe(Object.keys(wrong)[0]);
  });

  it("allows three registrations per hour and IP address, with rate limit headers in every answer", async () => {
    const address = newAddress();
    const left = [];
    for (let i = 0; i < 3; i++) {
      const { status, headers } = await register(newIdentity(), address);
      expect(status).toBe(201);
      expect(headers.get("x-ratelimit-limit")).toBe("3");
      left.push(headers.get("x-ratelimit-remaining"));
    }
    expect(left).toEqual(["2", "1", "0"]);
    const { status, body, headers } = await register(newIdentity(), address);
    expect(status).toBe(429);
    expect(body).toMatchObject({ error: "Too Many Requests", statusCode: 429 });
    expect(Number(headers.get("retry-after"))).toBeGreaterThan(3_000);
    expect(Number(headers.get("x-ratelimit-reset"))).toBeGreaterThan(Date.now() / 1_000);
  });
});

describe("POST /api/auth/login", () => {
  it("accepts the email address or the username, in any case", async () => {
    const { email, username } = await newUser();
    for (const identifier of [email, email.toUpperCase(), username, username.toUpperCase()]) {
      const { status, body } = await signIn(identifier, PASSWORD);
      expect(status).toBe(200);
      expect(await profileStatus(body.accessToken)).toBe(200);
    }
  });

  it("gives the same answer for a wrong password and an unknown account", async () => {
    const { email } = await newUser();
    const wrong = await signIn(email, "not the password");
    const unknown = await signIn("nobody@example.com", PASSWORD);
    expect(wrong.status).toBe(401);
    const { requestId: _, ...said } = wrong.body as unknown as Record<string, unknown>;
    expect(unknown.body).toMatchObject(said);
  });

  it("locks an account for a network after ten wrong passwords from it", async () => {
    const { email } = await newUser();
    const network = { "cf-connecting-ip": newAddress() };
    const guesses = await Promise.all(
      Array.from({ length: 12 }, (_, i) => signIn(email, `guess number ${i}`, network)),
    );
    expect(guesses.filter(({ status }) => status === 401)).toHaveLength(10);
    const right = await signIn(email, PASSWORD, network);
    expect(right.status).toBe(429);
    expect(Number(right.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await signIn(email, PASSWORD)).status).toBe(200);
  });

  it("resets the count of wrong passwords after a right one", async () => {
    const { email } = await newUser();
    const network = { "cf-connecting-ip": newAddress() };
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 8; i++) await signIn(email, "wrong one", network);
      expect((await signIn(email, PASSWORD, network)).status).toBe(200);
    }
  });

  it("signs in the administrator from the settings", async () => {
    const { status, body } = await signIn("admin", "correct horse battery");
    expect(status).toBe(200);
    expect(body.user).toMatchObject({ role: "ADMIN" });
    expect(await profileStatus(body.accessToken)).toBe(200);
    expect((await signIn("admin", "another password")).status).toBe(401);
  });
});

describe("access tokens", () => {
  it.each([
    ["none", undefined],
    ["another scheme", "Basic dXNlcjpwYXNz"],
    ["rubbish", "Bearer rubbish"],
    ["an unsigned token", `Bearer ${btoa('{"alg":"none"}')}.${btoa('{"sub":"1"}')}.`],
  ])("answers 401 to %s", async (_, authorization) => {
    const { status, body, headers } = await requestJson("/api/users/profile", {
      headers: authorization === undefined ? {} : { authorization },
    });
    expect(status).toBe(401);
    expect(body).toMatchObject({ error: "Unauthorized", statusCode: 401 });
    expect(headers.get("x-ratelimit-limit")).toBe("100");
  });

  it("answers 401 to an altered token", async () => {
    const { token } = await newUser();
    const [header, payload = "", signature] = token.split(".");
    const claims = JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/")));
    const forged = btoa(JSON.stringify({ ...claims, role: "ADMIN" })).replaceAll("=", "");
    expect(await profileStatus(`${header}.${forged}.${signature}`)).toBe(401);
  });

  it("costs one database read and one call of the rate limiter", async () => {
    const user = await newUser();
    const response = await request("/api/users/profile", as(user));
    expect(response.headers.get("server-timing")).toContain('d1;desc="1", do;desc="1"');
  });
});

describe("POST /api/auth/refresh-token", () => {
  it("exchanges the cookie for a new token and a new cookie", async () => {
    const user = await newUser();
    const response = await refresh(user.cookie);
    expect(response.status).toBe(200);
    const { accessToken } = (await response.json()) as { accessToken: string };
    expect(await profileStatus(accessToken)).toBe(200);
    const next = refreshCookieOf(response.headers);
    expect(next).not.toBe(user.cookie);
    expect((await refresh(next)).status).toBe(200);
  });

  it("ends the session when a used token is sent again", async () => {
    const user = await newUser();
    const next = refreshCookieOf((await refresh(user.cookie)).headers);
    expect((await refresh(user.cookie)).status).toBe(401);
    expect((await refresh(next)).status).toBe(401);
    expect(await profileStatus(user.token)).toBe(401);
  });

  it("lets one of ten concurrent exchanges succeed", async () => {
    const user = await newUser();
    const answers = await Promise.all(Array.from({ length: 10 }, () => refresh(user.cookie)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it.each([
    ["no cookie", ""],
    ["an unknown token", "refreshToken=made-up"],
  ])("answers 401 to %s", async (_, cookie) => {
    expect((await refresh(cookie)).status).toBe(401);
  });
});

describe("sessions", () => {
  it("end at sign-out: access and refresh tokens stop working", async () => {
    const user = await newUser();
    expect((await request("/api/auth/logout", as(user, "POST"))).status).toBe(200);
    expect(await profileStatus(user.token)).toBe(401);
    expect((await refresh(user.cookie)).status).toBe(401);
  });

  it("are listed and can be ended one by one", async () => {
    const user = await newUser();
    const other = await signIn(user.email, PASSWORD);
    const { body } = await requestJson<{ data: { id: string; current: boolean }[] }>(
      "/api/auth/sessions",
      as(user),
    );
    expect(body.data.map(({ current }) => current).sort()).toEqual([false, true]);
    const target = body.data.find(({ current }) => !current);
    expect((await request(`/api/auth/sessions/${target?.id}`, as(user, "DELETE"))).status).toBe(200);
    expect(await profileStatus(other.body.accessToken)).toBe(401);
    expect(await profileStatus(user.token)).toBe(200);
  });

  it("of another account are not found", async () => {
    const [user, stranger] = await Promise.all([newUser(), newUser()]);
    const { body } = await requestJson<{ data: { id: string }[] }>("/api/auth/sessions", as(user));
    const path = `/api/auth/sessions/${body.data[0]?.id}`;
    expect((await request(path, as(stranger, "DELETE"))).status).toBe(404);
    expect(await profileStatus(user.token)).toBe(200);
  });
});
