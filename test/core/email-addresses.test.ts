import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { createServices } from "../../src/container.ts";
import { EmailAddresses, emailLinkMail, PasswordResets } from "../../src/core/identity/index.ts";
import { newMeter } from "../../src/platform/meter.ts";
import { eventually, jsonBody, request, requestJson } from "../support/http.ts";
import { newKey } from "../support/loopspace.ts";
import { db } from "../support/meeting-room.ts";
import { credentials, form, newApp, newTokens, requestToken, statusOf } from "../support/oauth.ts";
import { as, bearer, newIdentity, newUser, PASSWORD, type SoraUser, signIn } from "../support/sora.ts";

const sentSchema = z.object({ to: z.string(), subject: z.string(), text: z.string(), html: z.string() });
type Sent = z.output<typeof sentSchema>;

const NEXT = "another good password";
let mails: Sent[] = [];

beforeEach(() => {
  mails = [];
  vi.spyOn(env.MAIL, "send").mockImplementation(async (mail: object) => {
    mails.push(sentSchema.parse(mail));
    return { messageId: "test" };
  });
});

afterEach(() => vi.restoreAllMocks());

const mailsTo = (email: string) => mails.filter(({ to }) => to === email);
const mailTo = (email: string, count = 1): Promise<Sent> =>
  eventually(async () => (mailsTo(email).length >= count ? mailsTo(email)[count - 1] : undefined));
/** Returns the path of the link in a mail, with its token. */
const linkOf = ({ text }: Sent): string => {
  const link = new URL(/https?:\/\/\S+/.exec(text)?.[0] ?? "");
  return link.pathname + link.search;
};
const tokenOf = (mail: Sent): string =>
  new URL(linkOf(mail), "http://localhost").searchParams.get("token") ?? "";

const PAGE = "/confirm-email";
const english = { "accept-language": "en" };
const look = async (path: string, headers = {}) => {
  const answer = await request(path, { headers: { ...english, ...headers } });
  return { status: answer.status, html: await answer.text() };
};
const press = async (fields: Record<string, string>, headers: Record<string, string> = {}) => {
  const answer = await form(PAGE, fields, { ...english, ...headers });
  return { status: answer.status, html: await answer.text() };
};

const rowOf = ({ id }: Pick<SoraUser, "id">) =>
  env.DB.prepare(
    "SELECT id, email, email_confirmed_at AS confirmedAt, pending_email AS pending FROM users WHERE uuid = ?",
  )
    .bind(id)
    .first<{ id: number; email: string | null; confirmedAt: number | null; pending: string | null }>();
const profile = (user: Pick<SoraUser, "token">) => requestJson("/api/users/profile", as(user));
const changeTo = (user: SoraUser, change: Record<string, unknown>) =>
  requestJson("/api/users/profile", as(user, "PUT", change));

const resetOf = async (user: SoraUser): Promise<void> => {
  let token = "";
  await new PasswordResets(db, Date.now, () => undefined).request(user.email, async (mail) => {
    token = mail.token;
  });
  const answer = await request("/api/auth/reset-password", jsonBody({ token, password: NEXT }));
  expect(answer.status).toBe(200);
};

describe("a registration", () => {
  const routes: [string, string, (identity: ReturnType<typeof newIdentity>) => unknown][] = [
    ["Sora", "/api/auth/register", (identity) => identity],
    ["Studio", "/api/v1/auth/register", (identity) => identity],
    ["Meeting", "/api/v1/auth/register", (identity) => ({ ...identity, full_name: "Somebody" })],
    ["Loopspace", "/api/v1/developer/accounts", (identity) => identity],
  ];

  it.each(routes)("at %s sends a mail to confirm the email address", async (_, path, bodyOf) => {
    const identity = newIdentity();
    expect((await request(path, jsonBody(bodyOf(identity), english))).status).toBe(201);
    const mail = await mailTo(identity.email);
    expect(mail.subject).toBe("Confirm your e-mail address");
    expect(mail.text).toContain(`${PAGE}?token=${tokenOf(mail)}\n`);
    expect(mail.text).toContain(`${PAGE}?token=${tokenOf(mail)}&not-mine=1`);
  });

  it("of an address that was removed repeatedly causes three mails per hour at most", async () => {
    const { email } = newIdentity();
    for (let i = 0; i < 4; i++) {
      await env.DB.prepare("UPDATE users SET email = NULL WHERE email = ?").bind(email).run();
      const { username, password } = newIdentity();
      expect((await request("/api/auth/register", jsonBody({ username, email, password }))).status).toBe(201);
      if (i < 3) await mailTo(email, i + 1);
    }
    const other = await newUser();
    await mailTo(other.email);
    expect(mailsTo(email)).toHaveLength(3);
  });
});

describe("the confirmation link", () => {
  it("changes nothing when it is opened; its button confirms for the signed-in owner and ends no session", async () => {
    const user = await newUser();
    const mail = await mailTo(user.email);
    for (const headers of [{}, bearer(user)]) {
      const { status, html } = await look(linkOf(mail), headers);
      expect(status).toBe(200);
      expect(html).toContain(user.email);
      expect(html.includes('name="password"')).toBe(headers === undefined || !("authorization" in headers));
    }
    expect((await rowOf(user))?.confirmedAt).toBeNull();
    expect((await press({ token: tokenOf(mail) }, bearer(user))).status).toBe(200);
    expect((await rowOf(user))?.confirmedAt).toBeGreaterThan(0);
    expect((await profile(user)).status).toBe(200);
    // The link works once.
    expect((await press({ token: tokenOf(mail) }, bearer(user))).status).toBe(400);
    expect((await look(linkOf(mail))).status).toBe(400);
  });

  it("asks for the password without a session, and counts wrong ones as sign-in does", async () => {
    const user = await newUser();
    const token = tokenOf(await mailTo(user.email));
    expect((await press({ token })).status).toBe(401);
    expect((await press({ token, password: "not the password" })).status).toBe(401);
    const stranger = await newUser();
    expect((await press({ token }, bearer(stranger))).status).toBe(401);
    expect((await rowOf(user))?.confirmedAt).toBeNull();
    expect((await press({ token, password: PASSWORD })).status).toBe(200);
    expect((await rowOf(user))?.confirmedAt).toBeGreaterThan(0);
    expect((await profile(user)).status).toBe(200);
  });

  it("can also be used by programs with a token of the account", async () => {
    const user = await newUser();
    const token = tokenOf(await mailTo(user.email));
    const follow = (init: RequestInit) => request("/api/auth/confirm-email", init);
    expect((await follow(jsonBody({ token }))).status).toBe(401);
    expect((await follow(jsonBody({ token: "made-up" }, bearer(user)))).status).toBe(400);
    expect((await follow(jsonBody({ token }, bearer(user)))).status).toBe(200);
    expect((await rowOf(user))?.confirmedAt).toBeGreaterThan(0);
  });

  it("can remove the address for the mailbox's owner, and leaves the account to its owner", async () => {
    const user = await newUser();
    const mail = await mailTo(user.email);
    const { status, html } = await look(`${linkOf(mail)}&not-mine=1`);
    expect(status).toBe(200);
    expect(html).toContain('value="not-mine"');
    expect((await rowOf(user))?.email).toBe(user.email);
    expect((await press({ token: tokenOf(mail), action: "not-mine" })).status).toBe(200);
    expect(await rowOf(user)).toMatchObject({ email: null, confirmedAt: null });
    expect((await profile(user)).body).toMatchObject({ email: "", username: user.username });
    expect((await signIn(user.username, PASSWORD)).status).toBe(200);
    expect((await press({ token: tokenOf(mail) }, bearer(user))).status).toBe(400);
    // The owner of the mailbox can now register with the address.
    const { username, password } = newIdentity();
    const again = await request("/api/auth/register", jsonBody({ username, password, email: user.email }));
    expect(again.status).toBe(201);
  });

  it("cannot remove an address that is confirmed", async () => {
    const user = await newUser();
    const first = tokenOf(await mailTo(user.email));
    await changeTo(user, { email: user.email });
    const second = tokenOf(await mailTo(user.email, 2));
    expect((await press({ token: first }, bearer(user))).status).toBe(200);
    expect((await press({ token: second, action: "not-mine" })).status).toBe(400);
    expect((await rowOf(user))?.email).toBe(user.email);
  });

  it("expires after a day", async () => {
    const user = await newUser();
    const row = await rowOf(user);
    const late = new EmailAddresses({ db, clock: () => Date.now() - 24 * 3_600_000 - 1_000 });
    const token = (await late.createConfirmationLink({ id: row?.id ?? 0, email: user.email })) ?? "";
    expect((await press({ token }, bearer(user))).status).toBe(400);
  });

  it.each(["zh-CN", "en"] as const)("comes in a mail that explains the buttons: %s", (language) => {
    const facts = { username: "<b>", link: "https://a.example/1", notMine: "https://a.example/2", hours: 24 };
    for (const kind of ["confirm", "change"] as const) {
      const { subject, text, html } = emailLinkMail(language, kind, facts);
      expect(subject.length).toBeGreaterThan(3);
      for (const body of [text, html])
        for (const link of [facts.link, facts.notMine]) expect(body).toContain(link);
      expect(html).not.toContain("<b>");
    }
  });
});

describe("a new email address", () => {
  const paths = ["/api/users/profile", "/api/v1/user/profile"];
  const newEmail = () => newIdentity().email;

  it.each(paths)("requires the current password: 400 without it, 403 with a wrong one: %s", async (path) => {
    const user = await newUser();
    const put = (body: unknown) => requestJson(path, as(user, "PUT", body));
    expect((await put({ email: newEmail() })).status).toBe(400);
    expect((await put({ email: newEmail(), currentPassword: "not the password" })).status).toBe(403);
    expect(await rowOf(user)).toMatchObject({ email: user.email, pending: null });
    // Sending the present address again, in any case, needs no password.
    expect((await put({ email: user.email.toUpperCase() })).status).toBe(200);
  });

  it("does not change the username either when the password is wrong", async () => {
    const user = await newUser();
    const change = {
      username: `new${user.username}`,
      email: newEmail(),
      currentPassword: "not the password",
    };
    expect((await changeTo(user, change)).status).toBe(403);
    expect((await profile(user)).body.username).toBe(user.username);
  });

  it.each(paths)("is pending until its link is used, and the answer shows the old one: %s", async (path) => {
    const user = await newUser();
    const email = newEmail();
    const { status, body } = await requestJson(
      path,
      as(user, "PUT", { email: email.toUpperCase(), currentPassword: PASSWORD }),
    );
    expect(status).toBe(200);
    expect(body.data ?? body).toMatchObject({ email: user.email, pendingEmail: email });
    expect((await profile(user)).body).toMatchObject({ email: user.email, pendingEmail: email });
    const mail = await mailTo(email);
    await mailTo(user.email, 2);
    expect((await look(linkOf(mail))).status).toBe(200);
    expect((await rowOf(user))?.email).toBe(user.email);
    expect((await press({ token: tokenOf(mail) })).status).toBe(200);
    expect(await rowOf(user)).toMatchObject({ email, pending: null, confirmedAt: expect.any(Number) });
    const told = await mailTo(user.email, 3);
    expect(told.subject).toContain("address has changed");
    expect(told.text).not.toContain(email);
    // The change ends no session.
    expect((await profile(user)).body).toMatchObject({ email });
    expect((await profile(user)).body.pendingEmail).toBeUndefined();
    expect((await press({ token: tokenOf(mail) })).status).toBe(400);
    expect((await signIn(email, PASSWORD)).status).toBe(200);
  });

  it("invalidates reset links that were sent to the old address", async () => {
    const user = await newUser();
    let reset = "";
    await new PasswordResets(db, Date.now, () => undefined).request(user.email, async ({ token }) => {
      reset = token;
    });
    const email = newEmail();
    await changeTo(user, { email, currentPassword: PASSWORD });
    await press({ token: tokenOf(await mailTo(email)) });
    expect(
      (await request("/api/auth/reset-password", jsonBody({ token: reset, password: NEXT }))).status,
    ).toBe(400);
  });

  it("leaves no reset link to the old address when both are requested concurrently", async () => {
    const user = await newUser();
    const email = newEmail();
    await changeTo(user, { email, currentPassword: PASSWORD });
    const token = tokenOf(await mailTo(email));
    const digest = crypto.subtle.digest.bind(crypto.subtle);
    // The address changes after the account was found, and before the digest of the reset token is stored.
    vi.spyOn(crypto.subtle, "digest").mockImplementationOnce(async (...given) => {
      expect((await press({ token })).status).toBe(200);
      return digest(...given);
    });
    const send = vi.fn(async () => undefined);
    await new PasswordResets(db, Date.now, () => undefined).request(user.email, send);
    const row = await rowOf(user);
    expect(row?.email).toBe(email);
    expect(send).not.toHaveBeenCalled();
    const links = await env.DB.prepare("SELECT count(*) AS n FROM password_resets WHERE user_id = ?")
      .bind(row?.id)
      .first();
    expect(links).toEqual({ n: 0 });
  });

  it("is refused when another account has it or confirms it first", async () => {
    const [user, other] = [await newUser(), await newUser()];
    const email = newEmail();
    expect((await changeTo(user, { email: other.email, currentPassword: PASSWORD })).status).toBe(409);
    for (const one of [user, other]) {
      expect((await changeTo(one, { email, currentPassword: PASSWORD })).status).toBe(200);
    }
    const [first, second] = [tokenOf(await mailTo(email)), tokenOf(await mailTo(email, 2))];
    expect((await press({ token: second })).status).toBe(200);
    expect((await press({ token: first })).status).toBe(409);
    expect((await rowOf(user))?.email).not.toBe(email);
  });

  it("replaces a pending one, and can be cancelled with the present address or from its mailbox", async () => {
    const user = await newUser();
    const [first, second, third] = [newEmail(), newEmail(), newEmail()];
    const request = async (email: string) => {
      expect((await changeTo(user, { email, currentPassword: PASSWORD })).status).toBe(200);
      return tokenOf(await mailTo(email));
    };
    const replaced = await request(first);
    const cancelled = await request(second);
    expect((await press({ token: replaced })).status).toBe(400);
    expect((await changeTo(user, { email: user.email })).body.pendingEmail).toBeUndefined();
    expect((await press({ token: cancelled })).status).toBe(400);
    const disowned = await request(third);
    expect((await press({ token: disowned, action: "not-mine" })).status).toBe(200);
    expect(await rowOf(user)).toMatchObject({ email: user.email, pending: null });
    expect((await press({ token: disowned })).status).toBe(400);
  });

  it("gets at most three mails per hour, requested by any accounts", async () => {
    const email = newEmail();
    for (let i = 0; i < 3; i++) {
      const asked = await changeTo(await newUser(), { email, currentPassword: PASSWORD });
      expect(asked.status).toBe(200);
    }
    expect((await changeTo(await newUser(), { email, currentPassword: PASSWORD })).status).toBe(429);
    await mailTo(email, 3);
    expect(mailsTo(email)).toHaveLength(3);
  });

  it("can be requested three times per hour and account; a refusal does not count for other accounts", async () => {
    const user = await newUser();
    const request = (one: SoraUser, email: string) => changeTo(one, { email, currentPassword: PASSWORD });
    for (let i = 0; i < 3; i++) expect((await request(user, newEmail())).status).toBe(200);
    const email = newEmail();
    expect((await request(user, email)).status).toBe(429);
    for (let i = 0; i < 3; i++) expect((await request(await newUser(), email)).status).toBe(200);
  });

  it("requested by other accounts does not block the mail to an account that registers with it", async () => {
    const identity = newIdentity();
    const { email } = identity;
    for (let i = 0; i < 3; i++)
      expect((await changeTo(await newUser(), { email, currentPassword: PASSWORD })).status).toBe(200);
    await mailTo(email, 3);
    expect((await request("/api/auth/register", jsonBody(identity, english))).status).toBe(201);
    expect((await mailTo(email, 4)).subject).toBe("Confirm your e-mail address");
  });

  it("that is pending is dropped by a change of password", async () => {
    const user = await newUser();
    const email = newEmail();
    await changeTo(user, { email, currentPassword: PASSWORD });
    const token = tokenOf(await mailTo(email));
    await request("/api/users/password", as(user, "PUT", { currentPassword: PASSWORD, newPassword: NEXT }));
    expect((await press({ token })).status).toBe(400);
    expect(await rowOf(user)).toMatchObject({ email: user.email, pending: null });
  });

  it("is confirmed by one of five concurrent uses of its link", async () => {
    const user = await newUser();
    const email = newEmail();
    await changeTo(user, { email, currentPassword: PASSWORD });
    const token = tokenOf(await mailTo(email));
    const answers = await Promise.all(Array.from({ length: 5 }, () => press({ token })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400, 400, 400]);
  });
});

describe("a password reset by mail", () => {
  const webhooks = "/api/v1/developer/webhooks";
  const hooked = async (user: SoraUser) => {
    const { key } = await newKey(user);
    const wanted = { url: "https://hooks.example.com/in", events: ["user.followed"] };
    const { status, body } = await requestJson<{ id: string }>(webhooks, as({ token: key }, "POST", wanted));
    expect(status).toBe(201);
    return body.id;
  };
  const reasonOf = async (id: string) =>
    (
      await env.DB.prepare("SELECT disabled_reason AS reason FROM webhook_endpoints WHERE id = ?")
        .bind(id)
        .first<{ reason: string | null }>()
    )?.reason;

  it("to an unconfirmed address confirms it, and disables webhook endpoints and applications", async () => {
    const app = await newApp();
    const { owner } = app;
    const endpoint = await hooked(owner);
    const friend = await newUser();
    const tokens = await newTokens(app, friend, { scope: "users:read" });
    await resetOf(owner);
    expect((await rowOf(owner))?.confirmedAt).toBeGreaterThan(0);
    expect(await reasonOf(endpoint)).toBe("owner");
    expect(await statusOf(tokens)).toBe(401);
    const refused = await requestToken({ grant_type: "client_credentials", ...credentials(app) });
    expect(refused.body.error).toBe("invalid_client");
    // The owner can enable the application again.
    const { body } = await signIn(owner.email, NEXT);
    const path = `/api/v1/developer/apps/${app.clientId}`;
    const shown = await requestJson(path, as({ token: body.accessToken }));
    expect(shown.body.enabled).toBe(false);
    expect((await request(path, as({ token: body.accessToken }, "PATCH", { enabled: true }))).status).toBe(
      200,
    );
    expect(await statusOf(tokens)).toBe(200);
  });

  it("to a confirmed address leaves webhook endpoints and applications enabled", async () => {
    const app = await newApp();
    const { owner } = app;
    expect((await press({ token: tokenOf(await mailTo(owner.email)) }, bearer(owner))).status).toBe(200);
    const endpoint = await hooked(owner);
    const tokens = await newTokens(app, await newUser(), { scope: "users:read" });
    await resetOf(owner);
    expect(await reasonOf(endpoint)).toBeNull();
    expect(await statusOf(tokens)).toBe(200);
  });
});

describe("expired links", () => {
  it("are removed together with the addresses that waited for them, however many expire at once", async () => {
    const numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)";
    await env.DB.batch([
      env.DB.prepare(
        `INSERT INTO users (uuid, username, pending_email, role, created_at, updated_at) ${numbers}
          SELECT 'pending-' || i, 'pending-' || i, 'pending-' || i || '@example.com', 'USER', 0, 0 FROM n`,
      ),
      // Every second link confirms an address and has no pending one; both kinds expire in a mixed order.
      env.DB.prepare(
        `INSERT INTO email_links (token_hash, user_id, kind, email, expires_at)
          SELECT uuid, id, iif(id % 2, 'change', 'confirm'), 'x', 1 + id % 7 FROM users WHERE uuid LIKE 'pending-%'`,
      ),
      env.DB.prepare("UPDATE users SET pending_email = NULL WHERE uuid LIKE 'pending-%' AND id % 2 = 0"),
    ]);
    const { accountSessions } = createServices(env, createExecutionContext(), newMeter());
    for (let run = 0; run < 3; run++) {
      await accountSessions.prune();
      const stuck = await env.DB.prepare(
        `SELECT count(*) AS n FROM users WHERE uuid LIKE 'pending-%' AND pending_email IS NOT NULL
          AND NOT EXISTS (SELECT 1 FROM email_links WHERE user_id = users.id)`,
      ).first<{ n: number }>();
      expect(stuck?.n).toBe(0);
    }
    const left = await env.DB.prepare(
      "SELECT count(*) AS n FROM users WHERE uuid LIKE 'pending-%' AND pending_email IS NOT NULL",
    ).first<{ n: number }>();
    expect(left?.n).toBe(0);
  });
});
