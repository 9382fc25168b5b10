import { beforeAll, describe, expect, it } from "vitest";
import { newAddress, request } from "../support/http.ts";
import {
  type App,
  AUTHORIZE,
  authorizePath,
  CALLBACK,
  exchange,
  form,
  newApp,
  newChallenge,
  openConsentPage,
  signInForCookie,
  submitDecision,
} from "../support/oauth.ts";
import { as, newUser, PASSWORD, type SoraUser, signIn } from "../support/sora.ts";

/** Returns a random group of an IPv6 address. */
const randomGroup = (): string => crypto.randomUUID().slice(0, 4);
const english = { headers: { "accept-language": "en" } };

let app: App & { owner: SoraUser };
let user: SoraUser;
beforeAll(async () => {
  [app, user] = await Promise.all([newApp(), newUser()]);
});

const locationOf = (response: Response): URL => new URL(response.headers.get("location") ?? "");

describe("a request without a trusted redirect URI", () => {
  it.each([
    ["an unknown application", () => authorizePath({ clientId: "client_nobody", clientSecret: null })],
    ["no application", () => authorizePath(app, { client_id: undefined })],
    ["two applications", () => `${authorizePath(app)}&client_id=${app.clientId}`],
    ["another redirect URI", () => authorizePath(app, { redirect_uri: "https://evil.example.com/callback" })],
    [
      "a redirect URI with the same beginning",
      () => authorizePath(app, { redirect_uri: `${CALLBACK}/../x` }),
    ],
    ["a longer query", () => authorizePath(app, { redirect_uri: `${CALLBACK}?next=1` })],
    ["another case", () => authorizePath(app, { redirect_uri: CALLBACK.toUpperCase() })],
    ["a port", () => authorizePath(app, { redirect_uri: "https://app.example.com:443/callback" })],
    ["two redirect URIs", () => `${authorizePath(app)}&redirect_uri=${encodeURIComponent(CALLBACK)}`],
    ["a script as the redirect URI", () => authorizePath(app, { redirect_uri: "javascript:alert(1)" })],
  ])("stops at an error page: %s", async (_, path) => {
    const answer = await request(path(), english);
    expect(answer.status).toBe(400);
    expect(answer.headers.get("location")).toBeNull();
    expect(await answer.text()).toContain("Cannot continue");
  });
});

const ERRORS: readonly [string, Record<string, string | undefined>, string][] = [
  ["no response_type", { response_type: undefined }, "invalid_request"],
  ["another response_type", { response_type: "token" }, "unsupported_response_type"],
  ["another response_mode", { response_mode: "fragment" }, "invalid_request"],
  ["an unknown scope", { scope: "users:read everything" }, "invalid_scope"],
  [
    "a plain challenge",
    { code_challenge: newChallenge().challenge, code_challenge_method: "plain" },
    "invalid_request",
  ],
  ["a challenge without a method", { code_challenge: newChallenge().challenge }, "invalid_request"],
  ["a method without a challenge", { code_challenge_method: "S256" }, "invalid_request"],
  [
    "a challenge of the wrong length",
    { code_challenge: "abc", code_challenge_method: "S256" },
    "invalid_request",
  ],
  ["a state of more than 2048 characters", { state: "x".repeat(2_049) }, "invalid_request"],
];

describe("a request with an error, before sign-in", () => {
  it.each(ERRORS)("is answered with our own error page and not redirected: %s", async (_, change, error) => {
    for (const prompt of [undefined, "none"]) {
      const path = authorizePath(app, { ...change, prompt });
      const answers = [
        await request(path, english),
        await request(path, { headers: { cookie: "oauth_sign_in=made-up", "accept-language": "en" } }),
        await form(path, { action: "deny" }, { "accept-language": "en" }),
        await form(
          path,
          { action: "sign_in", identifier: user.email, password: PASSWORD },
          { "accept-language": "en" },
        ),
      ];
      for (const answer of answers) {
        expect([answer.status, answer.headers.get("location")]).toEqual([400, null]);
        const html = await answer.text();
        expect(html).toContain("The authorization request of the application has an error.");
        expect(html).toContain(`${error}: `);
        expect(html).not.toContain("app.example.com");
      }
    }
  });

  it("shows the error page in Chinese", async () => {
    const answer = await request(authorizePath(app, { scope: "everything" }), {
      headers: { "accept-language": "zh-CN" },
    });
    expect(await answer.text()).toContain("该应用发来的授权请求有误。");
  });

  it("shows the sign-in page, also with prompt=none, when there is no error", async () => {
    const answer = await request(authorizePath(app, { prompt: "none" }), english);
    expect([answer.status, answer.headers.get("location")]).toEqual([200, null]);
    expect(await answer.text()).toContain("to continue to Mixtape");
  });
});

describe("a request with an error, after sign-in", () => {
  let headers: { cookie: string };
  beforeAll(async () => {
    headers = { cookie: await signInForCookie(authorizePath(app), user) };
  });

  it.each(ERRORS)("redirects the error to the application: %s", async (_, change, error) => {
    const answer = await request(authorizePath(app, change), { headers });
    expect(answer.status).toBe(303);
    const location = locationOf(answer);
    expect(location.origin + location.pathname).toBe(CALLBACK);
    expect(Object.fromEntries(location.searchParams)).toEqual({
      error,
      error_description: expect.any(String),
      state: "state" in change ? change.state : "xyz",
      iss: "http://localhost",
    });
  });

  it("includes a repeated parameter; a repeated state is not returned", async () => {
    const twice = locationOf(
      await request(`${authorizePath(app)}&scope=users:read&scope=users:write`, { headers }),
    );
    expect(twice.searchParams.get("error")).toBe("invalid_request");
    expect(twice.searchParams.get("state")).toBe("xyz");
    const states = locationOf(await request(`${authorizePath(app)}&state=2`, { headers }));
    expect(states.searchParams.get("error")).toBe("invalid_request");
    expect(states.searchParams.has("state")).toBe(false);
  });

  it("includes a public application without a code challenge", async () => {
    const phone = await newApp({ public: true });
    const refused = await request(authorizePath(phone), { headers });
    expect(locationOf(refused).searchParams.get("error")).toBe("invalid_request");
    const asked = { code_challenge: newChallenge().challenge, code_challenge_method: "S256" };
    expect((await request(authorizePath(phone, asked))).status).toBe(200);
  });
});

describe("the redirect URI", () => {
  it("keeps its own query", async () => {
    const asking = await newApp({ redirectUris: [`${CALLBACK}?tenant=a%20b`] });
    const path = authorizePath(asking, { redirect_uri: `${CALLBACK}?tenant=a%20b` });
    const location = await submitDecision(path, await signInForCookie(path, user), "allow");
    expect(location.href).toMatch(/\?tenant=a%20b&code=[\w-]{43}&state=xyz&iss=/);
  });

  it("may be omitted when one is registered, but not when two are", async () => {
    const two = await newApp({ redirectUris: [CALLBACK, `${CALLBACK}/2`] });
    expect((await request(authorizePath(app, { redirect_uri: undefined }))).status).toBe(200);
    expect((await request(authorizePath(two, { redirect_uri: undefined }))).status).toBe(400);
    expect((await request(authorizePath(two, { redirect_uri: `${CALLBACK}/2` }))).status).toBe(200);
  });

  it("allows any port for a loopback IP address, and is otherwise compared exactly", async () => {
    const cli = await newApp({
      redirectUris: ["http://127.0.0.1/cb", "http://[::1]:1/cb", "http://localhost:3000/cb"],
    });
    const statusAt = async (uri: string) => (await request(authorizePath(cli, { redirect_uri: uri }))).status;
    for (const good of [
      "http://127.0.0.1:54321/cb",
      "http://127.0.0.1/cb",
      "http://[::1]:9/cb",
      "http://localhost:3000/cb",
    ])
      expect(await statusAt(good), good).toBe(200);
    for (const bad of [
      "http://127.0.0.1:54321/cb2",
      "http://127.0.0.1:99999/cb",
      "https://127.0.0.1:54321/cb",
      "http://127.0.0.1:80@evil.example.com/cb",
      "http://127.0.0.1.evil.example.com/cb",
      "http://localhost:3001/cb",
      "http://127.0.0.2/cb",
    ])
      expect(await statusAt(bad), bad).toBe(400);
  });
});

describe("a native app with a private-use scheme", () => {
  const uri = "com.example.mixtape:/callback";
  const { verifier, challenge } = newChallenge();
  const asked = { redirect_uri: uri, code_challenge: challenge, code_challenge_method: "S256" };

  it("receives its code at that URI and exchanges it", async () => {
    const phone = await newApp({ public: true, redirectUris: [uri] });
    const path = authorizePath(phone, asked);
    const cookie = await signInForCookie(path, user);
    expect((await openConsentPage(path, cookie)).html).toContain("you are sent to com.example.mixtape:");
    const location = await submitDecision(path, cookie, "allow");
    expect(location.href).toMatch(/^com\.example\.mixtape:\/callback\?code=[\w-]{43}&state=xyz&iss=/);
    const code = location.searchParams.get("code") ?? "";
    expect((await exchange(phone, code, { redirect_uri: uri, code_verifier: verifier })).status).toBe(200);
  });

  it("needs PKCE also when it has a secret, and the exact redirect URI", async () => {
    const desktop = await newApp({ redirectUris: [uri] });
    expect((await request(authorizePath(desktop, { redirect_uri: uri }), english)).status).toBe(400);
    expect((await request(authorizePath(desktop, asked))).status).toBe(200);
    for (const other of [`${uri}/2`, "com.example.other:/callback", "com.example.mixtape://callback"])
      expect((await request(authorizePath(desktop, { ...asked, redirect_uri: other }))).status).toBe(400);
  });
});

describe("the resource parameter of a request", () => {
  it.each(["http://localhost", "http://localhost/", "http://localhost/api/v1/audio", ""])(
    "may be this API: %j",
    async (resource) => {
      expect((await request(authorizePath(app, { resource }))).status).toBe(200);
    },
  );

  it("may name several parts of the API", async () => {
    const path = authorizePath(app, { resource: "http://localhost/api/v1/audio" });
    expect((await request(`${path}&resource=http%3A%2F%2Flocalhost%2Fapi%2Fv1%2Fusers`)).status).toBe(200);
    expect((await request(`${path}&resource=https%3A%2F%2Fapi.example.com`)).status).toBe(400);
  });

  it.each([
    "https://api.example.com",
    "https://localhost",
    "http://localhost:1",
    "http://localhost/api/v1/works",
    "http://localhost/#",
    "http://localhost/?a=b",
    "http://user@localhost/",
    "/api/v1/audio",
  ])("is invalid_target for a foreign resource: %s", async (resource) => {
    const path = authorizePath(app, { resource });
    const page = await request(path, english);
    expect([page.status, page.headers.get("location")]).toEqual([400, null]);
    expect(await page.text()).toContain("invalid_target: ");
    const headers = { cookie: await signInForCookie(authorizePath(app), user) };
    expect(locationOf(await request(path, { headers })).searchParams.get("error")).toBe("invalid_target");
  });
});

describe("signing in during authorization", () => {
  it("shows a page in the reader's language that names the application and cannot be framed", async () => {
    for (const [language, text] of [
      ["zh-CN", "登录后继续前往“Mixtape”"],
      ["en", "to continue to Mixtape"],
    ] as const) {
      const answer = await request(authorizePath(app), { headers: { "accept-language": language } });
      expect(answer.status).toBe(200);
      expect(await answer.text()).toContain(text);
      expect(answer.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
      expect(answer.headers.get("cache-control")).toBe("no-store");
    }
  });

  it("sets a cookie for this page only, valid for 15 minutes and not readable by scripts", async () => {
    const path = authorizePath(app);
    const answer = await form(path, { action: "sign_in", identifier: user.username, password: PASSWORD });
    expect(answer.status).toBe(303);
    expect(answer.headers.get("location")).toBe(path);
    const cookie = answer.headers.getSetCookie().join();
    for (const part of ["HttpOnly", "SameSite=Lax", `Path=${AUTHORIZE}`, "Max-Age=900"])
      expect(cookie).toContain(part);
  });

  it("reports a wrong password and locks the account after ten", async () => {
    const careless = await newUser();
    const path = authorizePath(app);
    const headers = { "accept-language": "en", "cf-connecting-ip": newAddress() };
    const guess = (password: string) =>
      form(path, { action: "sign_in", identifier: careless.email, password }, headers);
    const wrong = await guess("not the password");
    expect(wrong.status).toBe(401);
    expect(wrong.headers.getSetCookie()).toEqual([]);
    expect(await wrong.text()).toContain("Wrong name or password.");
    await Promise.all(Array.from({ length: 9 }, (_, i) => guess(`guess ${i}`)));
    const locked = await guess(PASSWORD);
    expect(locked.status).toBe(429);
    expect(Number(locked.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await locked.text()).toContain("Too many tries");
    expect((await guess("")).status).toBe(400);
  });

  it("limits sign-ins per IP address", async () => {
    const address = { "cf-connecting-ip": newAddress() };
    const path = authorizePath(app);
    const tries = [];
    for (let i = 0; i < 31; i++)
      tries.push(
        (await form(path, { action: "sign_in", identifier: `nobody${i}`, password: PASSWORD }, address))
          .status,
      );
    expect(tries.filter((status) => status === 401)).toHaveLength(30);
    expect(tries.at(-1)).toBe(429);
  });

  it("limits sign-ins per IPv6 /64 network, because one customer has all its addresses", async () => {
    const path = authorizePath(app);
    const network = `2001:db8:${randomGroup()}:${randomGroup()}`;
    const statusFrom = async (address: string) => {
      const fields = { action: "sign_in", identifier: crypto.randomUUID(), password: PASSWORD };
      return (await form(path, fields, { "cf-connecting-ip": address })).status;
    };
    const tries = [];
    for (let i = 1; i <= 31; i++) tries.push(await statusFrom(`${network}::${i}`));
    expect(tries.filter((status) => status === 401)).toHaveLength(30);
    expect(tries.at(-1)).toBe(429);
    expect(await statusFrom(`2001:db8:${randomGroup()}:${randomGroup()}::1`)).toBe(401);
  });

  it("is refused for another site", async () => {
    const fields = { action: "sign_in", identifier: user.email, password: PASSWORD };
    for (const headers of [{ origin: "https://evil.example.com" }, { origin: "null" }]) {
      const answer = await form(authorizePath(app), fields, headers);
      expect(answer.status).toBe(403);
      expect(answer.headers.getSetCookie()).toEqual([]);
    }
  });
});

describe("the consent page", () => {
  it("shows the application, its developer, the scopes, the account and the redirect host", async () => {
    const loud = await newApp({ name: "<b>Mix & tape</b>" });
    const path = authorizePath(loud, { scope: "users:write webhooks purchases" });
    const { html } = await openConsentPage(path, await signInForCookie(path, user));
    for (const text of [
      "&lt;b&gt;Mix &amp; tape&lt;/b&gt;",
      `Made by ${loud.owner.username}`,
      "follow people in your name",
      "be told when you publish audio, are followed or sell audio",
      "spend the credits of your account on audio",
      "app.example.com",
      user.username,
    ])
      expect(html).toContain(text);
    expect(html).not.toContain("upload, change");
    expect(html).not.toContain("<b>");
  });

  it("redirects a consent with a code, the state and the issuer", async () => {
    const path = authorizePath(app);
    const location = await submitDecision(path, await signInForCookie(path, user), "allow");
    expect(location.origin + location.pathname).toBe(CALLBACK);
    expect(Object.fromEntries(location.searchParams)).toEqual({
      code: expect.stringMatching(/^[\w-]{43}$/),
      state: "xyz",
      iss: "http://localhost",
    });
    const bare = authorizePath(app, { state: undefined });
    expect(
      (await submitDecision(bare, await signInForCookie(bare, user), "allow")).searchParams.has("state"),
    ).toBe(false);
  });

  it("redirects a refusal with access_denied", async () => {
    const path = authorizePath(app);
    const location = await submitDecision(path, await signInForCookie(path, user), "deny");
    expect(location.searchParams.get("error")).toBe("access_denied");
    expect(location.searchParams.get("state")).toBe("xyz");
    expect(location.searchParams.has("code")).toBe(false);
  });

  it("accepts a decision only with the token of its own form", async () => {
    const path = authorizePath(app);
    const wider = authorizePath(app, { scope: "audio:write" });
    const [cookie, others] = [
      await signInForCookie(path, user),
      await signInForCookie(path, await newUser()),
    ];
    const { formToken } = await openConsentPage(path, cookie);
    const allow = (at: string, token: string, headers: Record<string, string>) =>
      form(at, { action: "allow", form_token: token }, headers);
    for (const [at, token, headers, status] of [
      [path, "", { cookie }, 403],
      [path, "0".repeat(64), { cookie }, 403],
      [wider, formToken, { cookie }, 403],
      [path, formToken, { cookie: others }, 403],
      [path, formToken, {}, 200],
      [path, formToken, { cookie: "oauth_sign_in=made-up" }, 200],
      [path, formToken, { cookie, origin: "https://evil.example.com" }, 403],
    ] as const) {
      const answer = await allow(at, token, headers);
      expect(answer.status).toBe(status);
      expect(answer.headers.get("location")).toBeNull();
    }
    expect((await allow(path, formToken, { cookie })).status).toBe(303);
  });

  it("lets the user sign out to use another account", async () => {
    const path = authorizePath(app);
    const cookie = await signInForCookie(path, user);
    const { formToken } = await openConsentPage(path, cookie);
    const left = await form(path, { action: "sign_out", form_token: formToken }, { cookie });
    expect([left.status, left.headers.get("location")]).toEqual([303, path]);
    expect(left.headers.getSetCookie().join()).toContain("Max-Age=0");
    expect((await openConsentPage(path, cookie)).formToken).toBe("");
  });

  it("no longer accepts a session after a change of password", async () => {
    const changing = await newUser();
    const path = authorizePath(app);
    const cookie = await signInForCookie(path, changing);
    expect((await openConsentPage(path, cookie)).formToken).not.toBe("");
    const change = { currentPassword: PASSWORD, newPassword: "another good password" };
    expect((await request("/api/users/password", as(changing, "PUT", change))).status).toBe(200);
    expect((await openConsentPage(path, cookie)).formToken).toBe("");
    expect((await signIn(changing.email, "another good password")).status).toBe(200);
  });

  it("is also reached by a form post from the application", async () => {
    const path = authorizePath(app);
    const posted = await request(AUTHORIZE, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded", origin: "https://app.example.com" },
      body: path.slice(path.indexOf("?") + 1),
    });
    expect([posted.status, posted.headers.get("location")]).toEqual([303, path]);
  });

  it("asks for the scopes in its URL, and the code grants only those", async () => {
    const path = authorizePath(app, { scope: "users:write" });
    const code =
      (await submitDecision(path, await signInForCookie(path, user), "allow")).searchParams.get("code") ?? "";
    expect((await exchange(app, code)).body.scope).toBe("users:write");
  });

  it("also shows an error, such as too many requests, as a page", async () => {
    const address = { "cf-connecting-ip": newAddress() };
    const answers = [];
    for (let i = 0; i < 61; i++) answers.push(await request(authorizePath(app), { headers: address }));
    const last = answers.at(-1);
    expect(last?.status).toBe(429);
    expect(last?.headers.get("content-type")).toContain("text/html");
  });
});
