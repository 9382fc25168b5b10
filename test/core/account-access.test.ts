import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { createServices } from "../../src/container.ts";
import { ApiKeys } from "../../src/core/access/index.ts";
import { EndedAccess, PasswordResets, type RequestCredential } from "../../src/core/identity/index.ts";
import { OAuthClients } from "../../src/core/oauth/index.ts";
import { newMeter } from "../../src/platform/meter.ts";
import { eventually, jsonBody, request, requestJson } from "../support/http.ts";
import { newKey, withKey } from "../support/loopspace.ts";
import { call, enterRoom, join, newMeeting, openSignaling } from "../support/meeting.ts";
import { attendanceWith, db, presentUserIds, roomOf } from "../support/meeting-room.ts";
import {
  type App,
  credentials,
  exchange,
  newApp,
  newAuthorizationCode,
  newTokens,
  refreshWith,
  requestToken,
  statusOf,
} from "../support/oauth.ts";
import { as, newUser, PASSWORD, type SoraUser, signIn } from "../support/sora.ts";
import { openProgressSocket } from "../support/studio.ts";
import { createEndpoint, newWebhooks } from "../support/webhooks.ts";

const NEXT = "another good password";

const userIdOf = async ({ id }: Pick<SoraUser, "id">): Promise<number> => {
  const row = await env.DB.prepare("SELECT id FROM users WHERE uuid = ?").bind(id).first<{ id: number }>();
  return row?.id ?? 0;
};

/**
 * Marks the owner's email address as confirmed, because a reset of an unconfirmed one disables the owner's
 * applications.
 */
const confirmed = async <T extends { readonly owner: SoraUser }>(app: T): Promise<T> => {
  await env.DB.prepare("UPDATE users SET email_confirmed_at = 1 WHERE uuid = ?").bind(app.owner.id).run();
  return app;
};

const linkFor = async ({ email }: SoraUser): Promise<string> => {
  let token = "";
  await new PasswordResets(db, Date.now, () => undefined).request(email, async (mail) => {
    token = mail.token;
  });
  return token;
};

const reset = async (user: SoraUser): Promise<void> => {
  const answer = await request(
    "/api/auth/reset-password",
    jsonBody({ token: await linkFor(user), password: NEXT }),
  );
  expect(answer.status).toBe(200);
};

/** Returns the account in the shape of Meeting's helpers. */
const inMeeting = async (user: SoraUser) => ({
  ...user,
  user_id: await userIdOf(user),
  full_name: user.username,
  refreshToken: "",
});

const clientToken = (app: App) => requestToken({ grant_type: "client_credentials", ...credentials(app) });
const scope = "users:read";
const keyStatus = async (key: string) => (await request("/api/v1/users/me", withKey(key))).status;

/** Creates every kind of access to an account other than its sessions. */
const otherAccessOf = async (user: SoraUser, foreign: App, own: App) => ({
  key: (await newKey(user)).key,
  tokens: await newTokens(foreign, user, { scope }),
  code: await newAuthorizationCode(foreign, user, { scope }),
  ownTokens: (await clientToken(own)).body,
});

type OtherAccess = Awaited<ReturnType<typeof otherAccessOf>>;

const expectOpen = async ({ key, tokens, ownTokens }: OtherAccess) => {
  expect(await keyStatus(key)).toBe(200);
  expect(await statusOf(tokens)).toBe(200);
  expect(await statusOf(ownTokens)).toBe(200);
};

const expectEnded = async ({ key, tokens, code, ownTokens }: OtherAccess, foreign: App) => {
  expect(await keyStatus(key)).toBe(401);
  expect(await statusOf(tokens)).toBe(401);
  expect(await statusOf(ownTokens)).toBe(401);
  expect((await refreshWith(foreign, tokens.refresh_token)).body).toMatchObject({ error: "invalid_grant" });
  expect((await exchange(foreign, code)).body).toMatchObject({ error: "invalid_grant" });
};

describe("a password reset", () => {
  it("revokes API keys, codes, grants with their tokens, and the tokens of the account's applications", async () => {
    const foreign = await newApp();
    const own = await confirmed(await newApp());
    const bystander = await newUser();
    const access = await otherAccessOf(own.owner, foreign, own);
    const theirs = await otherAccessOf(bystander, own, foreign);
    await expectOpen(access);
    await reset(own.owner);
    await expectEnded(access, foreign);
    // Grants of other accounts to the application are not affected.
    await expectOpen(theirs);
    expect((await refreshWith(own, theirs.tokens.refresh_token)).status).toBe(200);
  });

  it("blocks new tokens by an application's old secret", async () => {
    const own = await confirmed(await newApp());
    await reset(own.owner);
    const refused = await clientToken(own);
    expect(refused.status).toBe(400);
    expect(refused.body.error).toBe("unauthorized_client");
    const { body } = await signIn(own.owner.email, NEXT);
    const path = `/api/v1/developer/apps/${own.clientId}/secret`;
    const rotated = await requestJson<App>(path, as({ token: body.accessToken }, "POST"));
    expect((await clientToken(rotated.body)).status).toBe(200);
  });

  it("closes progress and signaling sockets, and the old peer id cannot open one again", async () => {
    const [host, account] = [await newUser(), await newUser()];
    const { meeting_id: id } = await newMeeting(host);
    const other = await enterRoom(await inMeeting(host), id);
    const peer = await enterRoom(await inMeeting(account), id);
    const progress = await openProgressSocket(`/ws?token=${account.token}`);
    await reset(account);
    expect(await progress.closed).toMatchObject({ code: 4_401 });
    expect(await peer.closed).toMatchObject({ code: 4_401 });
    await other.heard("user-left", ({ peer_id }) => peer_id === peer.publicId);
    expect(await (await openSignaling(peer.signaling_url)).closed).toMatchObject({ code: 4_401 });
    expect(await presentUserIds(id)).toEqual([other.user_id]);
    const { body } = await signIn(account.email, NEXT);
    expect((await join({ token: body.accessToken }, id)).status).toBe(200);
  });

  it("takes effect in the room when its signal is lost, and the ended-access sweep sends the signal again", async () => {
    const [host, account] = [await newUser(), await newUser()];
    const { meeting_id: id } = await newMeeting(host);
    const peer = await enterRoom(await inMeeting(account), id);
    const progress = await openProgressSocket(`/ws?token=${account.token}`);
    progress.socket.send("ping");
    await eventually(async () => progress.texts.includes("pong"));
    const lost = new PasswordResets(db, Date.now, () => undefined);
    expect((await lost.reset(await linkFor(account), NEXT)).ok).toBe(true);
    expect(await (await openSignaling(peer.signaling_url)).closed).toMatchObject({ code: 4_401 });
    const { endedAccess } = createServices(env, createExecutionContext(), newMeter());
    await env.DB.prepare("UPDATE ended_access SET ended_at = ended_at - 60000").run();
    await endedAccess.sweep();
    expect(await progress.closed).toMatchObject({ code: 4_401 });
    expect(await peer.closed).toMatchObject({ code: 4_401 });
    const left = await env.DB.prepare("SELECT count(*) AS n FROM ended_access").first();
    expect(left).toEqual({ n: 0 });
  });

  it("keeps a failed signal for another attempt", async () => {
    const user = await newUser();
    const lost = new PasswordResets(db, Date.now, () => undefined);
    await lost.reset(await linkFor(user), NEXT);
    const id = await userIdOf(user);
    let fails = true;
    const told: string[] = [];
    const access = new EndedAccess({
      db,
      clock: Date.now,
      closeSockets: async (_, sessionIds) => {
        if (fails) throw new Error("the object does not answer");
        told.push(...sessionIds);
      },
      closeSeat: async () => undefined,
    });
    await expect(access.signal(id)).rejects.toThrow("does not answer");
    fails = false;
    await access.signal(id);
    await access.signal(id);
    expect(told).toHaveLength(1);
  });

  it("overtakes earlier requests, which can then create neither a key nor a seat", async () => {
    const [host, account] = [await newUser(), await newUser()];
    const { meeting_id: id } = await newMeeting(host);
    const userId = await userIdOf(account);
    const session = await env.DB.prepare("SELECT id FROM account_sessions WHERE user_id = ?")
      .bind(userId)
      .first<{ id: string }>();
    await reset(account);
    const wanted = { name: "late", environment: "live", scopes: [], expiresAt: null } as const;
    const key = await new ApiKeys(db, Date.now).issue(userId, wanted, session?.id);
    expect(key).toMatchObject({ ok: false, error: { code: "session_required" } });
    const joiner = { userId, fullName: "late", origin: "somewhere", sessionId: session?.id };
    const seat = await attendanceWith().join(joiner, id, undefined);
    expect(seat).toMatchObject({ ok: false, error: { code: "session_required" } });
    expect(await presentUserIds(id)).toEqual([]);
  });
});

describe("a reset that overtakes an authorized request", () => {
  const url = "https://hooks.example.com/late";
  const wanted = { url, events: ["user.followed"] as const };
  const ended = { ok: false, error: { code: "session_required" } };

  const sessionOf = async (userId: number) =>
    (
      await env.DB.prepare("SELECT id FROM account_sessions WHERE user_id = ?")
        .bind(userId)
        .first<{ id: string }>()
    )?.id;

  const ways: [string, (owner: SoraUser, own: App, foreign: App) => Promise<RequestCredential>][] = [
    ["a session", async (owner) => ({ sessionId: await sessionOf(await userIdOf(owner)), clientId: null })],
    ["an API key", async (owner) => ({ clientId: null, credential: (await newKey(owner)).id })],
    [
      "an authorized application",
      async (owner, _, foreign) => {
        await newTokens(foreign, owner, { scope });
        return { clientId: foreign.clientId };
      },
    ],
    ["an application of its own", async (_, own) => ({ clientId: own.clientId })],
  ];

  it.each(ways)("stops %s from creating and changing webhook endpoints", async (_, showing) => {
    const [own, foreign] = [await confirmed(await newApp()), await newApp()];
    const shown = await showing(own.owner, own, foreign);
    const owner = { userId: await userIdOf(own.owner), environment: "live", ...shown } as const;
    const webhooks = newWebhooks();
    const { endpoints } = webhooks;
    const { id } = await createEndpoint(webhooks, owner, { url });
    expect(await endpoints.update(owner, id, { enabled: false })).toMatchObject({ ok: true });
    await reset(own.owner);
    expect(await endpoints.create(owner, wanted)).toMatchObject(ended);
    expect(await endpoints.update(owner, id, { enabled: true })).toMatchObject(ended);
    expect(await endpoints.rotate(owner, id, { overlapHours: 0 })).toMatchObject(ended);
    const rows = await env.DB.prepare(
      "SELECT disabled_reason AS reason FROM webhook_endpoints WHERE user_id = ?",
    )
      .bind(owner.userId)
      .all();
    // The webhooks of an application are deleted together with its grant.
    const left = shown.clientId === foreign.clientId ? [] : [{ reason: "owner" }];
    expect(rows.results).toEqual(left);
  });

  it("stops a session from changing an application", async () => {
    const own = await confirmed(await newApp());
    const userId = await userIdOf(own.owner);
    const sessionId = await sessionOf(userId);
    const clients = new OAuthClients(db, Date.now);
    const change = (isEnabled: boolean) => clients.update(userId, own.clientId, { isEnabled }, sessionId);
    expect(await change(false)).toMatchObject({ ok: true });
    await reset(own.owner);
    expect(await change(true)).toMatchObject(ended);
    expect(await clients.rotateSecret(userId, own.clientId, sessionId)).toMatchObject(ended);
    expect(await clients.get(userId, own.clientId)).toMatchObject({ value: { isEnabled: false } });
  });

  it("cannot be circumvented with the API key of another account", async () => {
    const [user, other] = [await newUser(), await newUser()];
    const { id: credential } = await newKey(other);
    const owner = { userId: await userIdOf(user), environment: "live", clientId: null, credential } as const;
    expect(await newWebhooks().endpoints.create(owner, wanted)).toMatchObject(ended);
  });
});

describe("a change of password", () => {
  const change = {
    sora: (user: SoraUser, more = {}) =>
      request(
        "/api/users/password",
        as(user, "PUT", { currentPassword: PASSWORD, newPassword: NEXT, ...more }),
      ),
    studio: (user: SoraUser, more = {}) =>
      request(
        "/api/v1/user/password",
        as(user, "PUT", { currentPassword: PASSWORD, newPassword: NEXT, ...more }),
      ),
    meeting: (user: SoraUser, { endOtherAccess = false } = {}) =>
      request(
        "/api/v1/users/password",
        as(user, "PUT", {
          old_password: PASSWORD,
          new_password: NEXT,
          ...(endOtherAccess && { end_other_access: true }),
        }),
      ),
  };
  const products = ["sora", "studio", "meeting"] as const;

  it.each(products)("closes sockets and leaves rooms, but keeps keys and grants: %s", async (product) => {
    const [foreign, own] = [await newApp(), await newApp()];
    const access = await otherAccessOf(own.owner, foreign, own);
    const { meeting_id: id } = await newMeeting(foreign.owner);
    const peer = await enterRoom(await inMeeting(own.owner), id);
    const progress = await openProgressSocket(`/ws?token=${own.owner.token}`);
    expect((await change[product](own.owner)).status).toBe(200);
    expect(await progress.closed).toMatchObject({ code: 4_401 });
    expect(await peer.closed).toMatchObject({ code: 4_401 });
    await expectOpen(access);
    expect((await clientToken(own)).status).toBe(200);
  });

  it.each(products)("also revokes keys and grants on request: %s", async (product) => {
    const [foreign, own] = [await newApp(), await newApp()];
    const access = await otherAccessOf(own.owner, foreign, own);
    expect((await change[product](own.owner, { endOtherAccess: true })).status).toBe(200);
    await expectEnded(access, foreign);
  });

  it("with a wrong password revokes nothing", async () => {
    const [foreign, own] = [await newApp(), await newApp()];
    const access = await otherAccessOf(own.owner, foreign, own);
    const wrong = { currentPassword: "not the password", endOtherAccess: true };
    expect((await change.sora(own.owner, wrong)).status).toBe(400);
    await expectOpen(access);
  });
});

describe("signing out", () => {
  const paths = {
    sora: ["/api/auth/logout", "POST"],
    studio: ["/api/v1/user/logout", "POST"],
    meeting: ["/api/v1/auth/logout", "POST"],
    loopspace: ["/api/v1/developer/session", "DELETE"],
  } as const;

  it.each(Object.entries(paths))(
    "leaves the meetings that the session joined: %s",
    async (_, [path, method]) => {
      const [host, account] = [await newUser(), await newUser()];
      const [first, second] = [await newMeeting(host), await newMeeting(host)];
      const signedIn = await signIn(account.email, PASSWORD);
      const here = await enterRoom(await inMeeting(account), first.meeting_id);
      const there = await enterRoom(
        await inMeeting({ ...account, token: signedIn.body.accessToken }),
        second.meeting_id,
      );
      expect((await request(path, as(account, method))).status).toBeLessThan(300);
      expect(await here.closed).toMatchObject({ code: 4_401 });
      expect(await presentUserIds(first.meeting_id)).toEqual([]);
      expect(await (await openSignaling(here.signaling_url)).closed).toMatchObject({ code: 4_401 });
      // The other session is not affected.
      there.send({ type: "chat", message: "still here" });
      await there.heard("chat");
      expect(await presentUserIds(second.meeting_id)).toEqual([there.user_id]);
    },
  );

  it("does not affect a seat that another session has taken since", async () => {
    const [host, account] = [await newUser(), await newUser()];
    const { meeting_id: id } = await newMeeting(host);
    await enterRoom(await inMeeting(account), id);
    const signedIn = await signIn(account.email, PASSWORD);
    const again = await enterRoom(await inMeeting({ ...account, token: signedIn.body.accessToken }), id);
    await request("/api/auth/logout", as(account, "POST"));
    again.send({ type: "chat", message: "still here" });
    await again.heard("chat");
    expect(await presentUserIds(id)).toEqual([again.user_id]);
    expect(await roomOf(id).peers()).toHaveLength(1);
  });

  it("by a stolen refresh token also leaves the meetings", async () => {
    const [host, account] = [await newUser(), await newUser()];
    const { meeting_id: id } = await newMeeting(host);
    const { data } = await call<{ access_token: string; refresh_token: string }>(
      "/auth/login",
      jsonBody({ username: account.username, password: PASSWORD }),
    );
    const peer = await enterRoom(await inMeeting({ ...account, token: data.access_token }), id);
    const exchangeIt = () => call("/auth/refresh", jsonBody({ refresh_token: data.refresh_token }));
    expect((await exchangeIt()).status).toBe(200);
    expect((await exchangeIt()).status).toBe(401);
    expect(await peer.closed).toMatchObject({ code: 4_401 });
    expect(await presentUserIds(id)).toEqual([]);
  });
});
