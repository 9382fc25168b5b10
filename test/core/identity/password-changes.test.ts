import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import {
  AccessTokens,
  AccountSessions,
  type User,
  type VerifiedAccount,
} from "../../../src/core/identity/index.ts";
import { primary } from "../../../src/platform/db/client.ts";
import { newMeter } from "../../../src/platform/meter.ts";
import { newAddress, request, requestJson } from "../../support/http.ts";
import { as, newUser, PASSWORD, type SoraUser, signIn } from "../../support/sora.ts";

const NEXT = "another good password";

/** The three routes that change a password with the current one. */
const CHANGES: [string, string, (current: string, next: string) => object][] = [
  ["Sora", "/api/users/password", (currentPassword, newPassword) => ({ currentPassword, newPassword })],
  ["Studio", "/api/v1/user/password", (currentPassword, newPassword) => ({ currentPassword, newPassword })],
  ["Meeting", "/api/v1/users/password", (old_password, new_password) => ({ old_password, new_password })],
];

const sessionsOf = async (user: Pick<SoraUser, "id">): Promise<number> => {
  const row = await env.DB.prepare(
    "SELECT count(*) AS n FROM account_sessions JOIN users ON users.id = user_id WHERE users.uuid = ?",
  )
    .bind(user.id)
    .first<{ n: number }>();
  return row?.n ?? 0;
};

const changeAt = (path: string, body: object, user: Pick<SoraUser, "token">, headers = {}) =>
  request(path, as(user, "PUT", body, headers));

describe("a change of password", () => {
  it.each(CHANGES)("at %s succeeds once in concurrent requests", async (_, path, bodyOf) => {
    const user = await newUser();
    const nexts = Array.from({ length: 4 }, (__, i) => `another password ${i}`);
    const answers = await Promise.all(nexts.map((next) => changeAt(path, bodyOf(PASSWORD, next), user)));
    const changed = answers.filter(({ status }) => status === 200);
    expect(changed).toHaveLength(1);
    const winner = nexts[answers.findIndex(({ status }) => status === 200)] ?? "";
    expect((await signIn(user.email, winner)).status).toBe(200);
  });

  it("is refused to a session after ten wrong current passwords on any route, but not to other sessions", async () => {
    const user = await newUser();
    const { body } = await signIn(user.email, PASSWORD);
    const guesses = await Promise.all(
      CHANGES.flatMap(([, path, bodyOf]) =>
        Array.from({ length: 4 }, (_, i) => changeAt(path, bodyOf(`guess ${i}`, NEXT), user)),
      ),
    );
    expect(guesses.filter(({ status }) => status === 429)).toHaveLength(2);
    expect(guesses.some(({ status }) => status === 200)).toBe(false);
    for (const [, path, bodyOf] of CHANGES) {
      const refused = await changeAt(path, bodyOf(PASSWORD, NEXT), user);
      expect(refused.status).toBe(429);
      expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(10 * 60);
    }
    const [, path, bodyOf] = CHANGES[0] as (typeof CHANGES)[number];
    const elsewhere = await changeAt(path, bodyOf(PASSWORD, NEXT), { token: body.accessToken });
    expect(elsewhere.status).toBe(200);
  });

  it("is not blocked by guesses of others at sign-in", async () => {
    const user = await newUser();
    const network = { "cf-connecting-ip": newAddress() };
    for (let i = 0; i < 10; i++) await signIn(user.email, `guess ${i}`, network);
    expect((await signIn(user.email, PASSWORD, network)).status).toBe(429);
    const [, path, bodyOf] = CHANGES[0] as (typeof CHANGES)[number];
    expect((await changeAt(path, bodyOf(PASSWORD, NEXT), user, network)).status).toBe(200);
  });

  it("is refused for the administrator, because that password is a setting", async () => {
    const { body } = await signIn("admin", env.ADMIN_PASSWORD ?? "");
    const [, path, bodyOf] = CHANGES[0] as (typeof CHANGES)[number];
    const admin = { token: body.accessToken };
    expect((await changeAt(path, bodyOf("not the password", NEXT), admin)).status).toBe(400);
    expect((await changeAt(path, bodyOf(env.ADMIN_PASSWORD ?? "", NEXT), admin)).status).toBe(403);
  });
});

describe("a session", () => {
  it("is not created with a password that was changed after its check", async () => {
    const user = await newUser();
    const row = await env.DB.prepare("SELECT id, password_hash AS hash FROM users WHERE uuid = ?")
      .bind(user.id)
      .first<{ id: number; hash: string }>();
    if (!row) throw new Error("no account");
    const current = env.JWT_SECRET ?? "";
    const clock = () => Date.now();
    const tokens = new AccessTokens({ current, previous: undefined }, clock);
    const sessions = new AccountSessions(primary(env.DB, newMeter()), tokens, clock, () => undefined);
    const { body } = await requestJson<Omit<User, "id">>("/api/users/profile", as(user));
    const verified: VerifiedAccount = {
      user: { ...body, id: row.id, uuid: user.id },
      proof: { kind: "account", hash: row.hash },
    };
    const client = { ip: newAddress(), userAgent: "" };
    expect(await sessions.open(verified, client, 1_000)).toMatchObject({ ok: true });
    const change = { currentPassword: PASSWORD, newPassword: NEXT };
    expect((await request("/api/users/password", as(user, "PUT", change))).status).toBe(200);
    expect(await sessions.open(verified, client, 1_000)).toMatchObject({
      ok: false,
      error: { code: "credentials_invalid" },
    });
    expect(await sessionsOf(user)).toBe(0);
  });
});
