import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { eventually, jsonBody, newAddress, request, requestJson } from "../../support/http.ts";
import { as, newIdentity, newUser, PASSWORD } from "../../support/sora.ts";

const right = env.ADMIN_PASSWORD ?? "";

/** Every endpoint that accepts a username and a password. */
const DOORS = {
  sora: (identifier: string, password: string) => ["/api/auth/login", { email: identifier, password }],
  studio: (identifier: string, password: string) => ["/api/v1/auth/login", { email: identifier, password }],
  meeting: (identifier: string, password: string) => [
    "/api/v1/auth/login",
    { username: identifier, password },
  ],
  loopspace: (identifier: string, password: string) => [
    "/api/v1/developer/session",
    { identifier, password },
  ],
  pages: (identifier: string, password: string) => ["/admin/login", { username: identifier, password }],
} as const;
type Door = keyof typeof DOORS;

const tryAt = async (door: Door, identifier: string, password: string, network: string) => {
  const [path, body] = DOORS[door](identifier, password);
  const answer = await request(path as string, jsonBody(body, { "cf-connecting-ip": network }));
  return { status: answer.status, retryAfter: Number(answer.headers.get("retry-after")) };
};

const limiter = (account: string) => env.RATE_LIMITER.get(env.RATE_LIMITER.idFromName(`login:${account}`));
const ANYWHERE = { name: "anywhere", limit: 100, windowMs: 3_600_000 };

/** Counts wrong passwords as sign-in does, without the cost of password hashing. */
const countWrong = async (account: string, network: string, times: number) => {
  const span = 15 * 60_000;
  const here = { name: `network:${network}`, limit: 10, windowMs: span, lockMs: span };
  for (let i = 0; i < times; i++) await limiter(account).take([here, ANYWHERE]);
};

describe("wrong passwords of the administrator", () => {
  it.each([
    ["another script's letters", ["ａdmin", "aｄmin", "a𝐝min", "ADMIN", " admin ", "\u3000Ａｄｍｉｎ"]],
    ["one spelling", Array.from({ length: 6 }, () => "admin")],
  ])("lock the account for a network after five, given in %s and on any endpoint", async (_, names) => {
    const network = newAddress();
    const doors = ["pages", "sora", "studio", "meeting", "loopspace"] as const;
    for (const [i, door] of doors.entries())
      expect((await tryAt(door, names[i] ?? "", "wrong", network)).status).toBe(401);
    for (const door of doors)
      for (const name of [names[5] ?? "", "admin"]) {
        const locked = await tryAt(door, name, right, network);
        expect(locked.status).toBe(429);
        expect(locked.retryAfter).toBeGreaterThan(14 * 60);
      }
    expect((await tryAt("pages", "admin", right, newAddress())).status).toBe(200);
    expect((await tryAt("studio", "ａdmin", right, newAddress())).status).toBe(200);
  });

  it("sent concurrently get as many tries as sequential ones", async () => {
    const network = newAddress();
    const tries = await Promise.all(
      Array.from({ length: 12 }, (_, i) =>
        tryAt("pages", ["admin", "ａdmin"][i % 2] ?? "", "wrong", network),
      ),
    );
    expect(tries.filter(({ status }) => status === 401)).toHaveLength(5);
    expect(tries.filter(({ status }) => status === 429)).toHaveLength(7);
  });

  it("lock other names on the admin pages in the same way", async () => {
    const { username } = await newUser();
    for (const name of ["nothing-by-this-name", username]) {
      const network = newAddress();
      for (let i = 0; i < 5; i++) expect((await tryAt("pages", name, PASSWORD, network)).status).toBe(401);
      expect((await tryAt("pages", name, PASSWORD, network)).status).toBe(429);
    }
    expect((await tryAt("sora", username, PASSWORD, newAddress())).status).toBe(200);
  });
});

describe("wrong passwords of an account", () => {
  it("are counted together by username, email address and product; other networks are not locked", async () => {
    const user = await newUser();
    const network = newAddress();
    const names = [user.email, user.username, user.email.toUpperCase(), ` ${user.username} `];
    const doors = ["sora", "studio", "meeting", "loopspace"] as const;
    const tries = await Promise.all(
      Array.from({ length: 12 }, (_, i) =>
        tryAt(doors[(i >> 2) % 4] ?? "sora", names[i % 4] ?? "", `guess ${i}`, network),
      ),
    );
    expect(tries.filter(({ status }) => status === 401)).toHaveLength(10);
    for (const name of names) expect((await tryAt("sora", name, PASSWORD, network)).status).toBe(429);
    expect((await tryAt("sora", user.username, PASSWORD, newAddress())).status).toBe(200);
  });

  it("are counted per /64 network of an IPv6 address", async () => {
    const user = await newUser();
    const group = () => crypto.getRandomValues(new Uint16Array(1))[0]?.toString(16);
    const network = `2001:db8:${group()}:${group()}`;
    await countWrong(user.id, network, 9);
    expect((await tryAt("sora", user.email, "wrong", `${network}::1`)).status).toBe(401);
    expect((await tryAt("sora", user.email, PASSWORD, `${network}:ffff::1`)).status).toBe(429);
    expect((await tryAt("sora", user.email, PASSWORD, `2001:db8:${group()}:${group()}::1`)).status).toBe(200);
  });

  it("lock it for all networks after a hundred in an hour, but end no session", async () => {
    const user = await newUser();
    for (let i = 0; i < 99; i++) await limiter(user.id).take([ANYWHERE]);
    // A right password does not count. The limiter refunds it after the answer, hence the retries.
    for (let i = 0; i < 2; i++)
      await eventually(async () => (await tryAt("sora", user.email, PASSWORD, newAddress())).status === 200);
    await eventually(async () => (await tryAt("sora", user.email, "wrong", newAddress())).status === 401);
    for (const door of ["sora", "studio", "meeting", "loopspace"] as const) {
      const locked = await tryAt(door, user.username, PASSWORD, newAddress());
      expect(locked.status).toBe(429);
      expect(locked.retryAfter).toBeGreaterThan(50 * 60);
    }
    expect((await request("/api/users/profile", as(user))).status).toBe(200);
  });

  it("do not count against the account while its network is locked", async () => {
    const user = await newUser();
    const network = newAddress();
    await countWrong(user.id, network, 10);
    for (let i = 0; i < 5; i++) expect((await tryAt("sora", user.email, PASSWORD, network)).status).toBe(429);
    expect(await limiter(user.id).take([ANYWHERE])).toMatchObject({ allowed: true, remaining: 89 });
  });

  it("of an unknown name are counted in the same way, with the same answer", async () => {
    const user = await newUser();
    const network = { "cf-connecting-ip": newAddress() };
    const wrong = (email: string) =>
      requestJson("/api/auth/login", jsonBody({ email, password: "wrong" }, network));
    const { email } = newIdentity();
    const tries = await Promise.all(
      Array.from({ length: 12 }, (_, i) => wrong(i % 2 ? email : email.toUpperCase())),
    );
    expect(tries.filter(({ status }) => status === 401)).toHaveLength(10);
    const [known, unknown] = [await wrong(user.email), tries.find(({ status }) => status === 401)];
    const saidOf = ({ requestId: _, timestamp: __, ...said }: Record<string, unknown> = {}) => said;
    expect(saidOf(unknown?.body)).toEqual(saidOf(known.body));
    await countWrong(user.id, network["cf-connecting-ip"], 9);
    expect(saidOf((await wrong(email)).body)).toEqual(saidOf((await wrong(user.email)).body));
  }, 90_000);
});

describe("a username at registration", () => {
  const register = (username: string) =>
    requestJson("/api/auth/register", jsonBody({ ...newIdentity(), username }));

  it.each([
    ["v5bb475＠example.com", "an @ in another width"],
    ["50％off", "a percent sign in another width"],
    ["who\uFE56", "a question mark in another width"],
    ["a\u2100b", "a slash inside one character"],
    ["\uFDFA\uFDFA\uFDFA", "characters that stand for many"],
  ])("%s is refused because it has %s", async (username) => {
    expect((await register(username)).status).toBe(400);
  });

  it.each(["ａdmin", "a𝐝min", "Ａｄｍｉｎ"])("%s is reserved for the administrator", async (username) => {
    expect((await register(username)).status).toBe(409);
  });

  it("is taken in every character width, and every width can sign in", async () => {
    const user = await newUser();
    const wide = [...user.username].map((letter) =>
      String.fromCodePoint((letter.codePointAt(0) ?? 0) + 0xfee0),
    );
    expect((await register(wide.join(""))).status).toBe(409);
    expect((await tryAt("sora", wide.join(""), PASSWORD, newAddress())).status).toBe(200);
  });

  it("stored before names were normalized cannot take over another account's email address", async () => {
    const [owner, other] = [await newUser(), await newUser()];
    await env.DB.prepare("UPDATE users SET username = ? WHERE uuid = ?").bind(owner.email, other.id).run();
    const { body } = await requestJson<{ user: { id: string } }>(
      "/api/auth/login",
      jsonBody({ email: owner.email, password: PASSWORD }),
    );
    expect(body.user.id).toBe(owner.id);
  });
});

describe("registrations of one network", () => {
  it("are limited to ten per hour over all products; refused ones do not count", async () => {
    const network = { "cf-connecting-ip": newAddress() };
    const to = async (path: string, body: object) =>
      (await request(path, jsonBody({ ...newIdentity(), ...body }, network))).status;
    const made: Promise<number>[] = [];
    for (let i = 0; i < 3; i++) made.push(to("/api/auth/register", {}));
    for (let i = 0; i < 2; i++) made.push(to("/api/v1/auth/register", {}));
    for (let i = 0; i < 2; i++) made.push(to("/api/v1/auth/register", { full_name: "A. N. Other" }));
    for (let i = 0; i < 2; i++) made.push(to("/api/v1/developer/accounts", {}));
    expect(await Promise.all(made)).toEqual(Array.from({ length: 9 }, () => 201));
    expect(await to("/api/v1/auth/register", { username: "admin" })).toBe(409);
    expect(await to("/api/v1/developer/accounts", { password: "short" })).toBe(400);
    expect(await to("/api/v1/developer/accounts", {})).toBe(201);
    for (const [path, body] of [
      ["/api/v1/auth/register", {}],
      ["/api/v1/auth/register", { full_name: "A. N. Other" }],
      ["/api/v1/developer/accounts", {}],
    ] as const)
      expect(await to(path, body)).toBe(429);
    const elsewhere = await request("/api/v1/auth/register", jsonBody(newIdentity()));
    expect(elsewhere.status).toBe(201);
  }, 90_000);
});
