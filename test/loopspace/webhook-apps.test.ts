import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { OAuthGrants } from "../../src/core/oauth/index.ts";
import { DAY_MS } from "../../src/lib/clock.ts";
import { request, requestJson } from "../support/http.ts";
import { as, newKey, newUser, type Refusal, type SoraUser } from "../support/loopspace.ts";
import {
  type App,
  credentials,
  newApp,
  newTokens,
  refreshWith,
  requestToken,
  type Tokens,
} from "../support/oauth.ts";
import { db, newReceiver, newWebhook, type WebhookWire } from "../support/webhooks.ts";

const PATH = "/api/v1/developer/webhooks";
const FOLLOWED = ["user.followed"];

type Caller = Pick<SoraUser, "token">;
type Made = WebhookWire & { readonly clientId: string | null; readonly events: readonly string[] };

const callerOf = ({ access_token }: Pick<Tokens, "access_token">): Caller => ({ token: access_token });
/** Authorizes an application for the scope `webhooks` only. */
const letIn = async (app: App, user: SoraUser) => {
  const tokens = await newTokens(app, user, { scope: "webhooks" });
  return { tokens, caller: callerOf(tokens) };
};
const listed = async (caller: Caller) =>
  (await requestJson<{ data: Made[]; total: number }>(PATH, as(caller))).body.data.map(({ id }) => id);
const deliveryOf = async (caller: Caller, id: string) =>
  (await requestJson<{ id: string }>(`${PATH}/${id}/test`, as(caller, "POST", { type: "user.followed" })))
    .body.id;
const exists = async (id: string) =>
  (await env.DB.prepare("SELECT 1 FROM webhook_endpoints WHERE id = ?1").bind(id).first()) !== null;

let app: App & { owner: SoraUser };
let other: App & { owner: SoraUser };
let user: SoraUser;
beforeAll(async () => {
  [app, other, user] = await Promise.all([newApp(), newApp(), newUser()]);
});

describe("an application's webhooks", () => {
  it("are the only ones it sees, while the account and its keys see all", async () => {
    const [{ caller }, { caller: stranger }, { key }] = await Promise.all([
      letIn(app, user),
      letIn(other, user),
      newKey(user, { scopes: ["webhooks"] }),
    ]);
    const own = (await newWebhook(user, newReceiver().url, ["order.paid"])) as Made;
    const made = (await newWebhook(caller, newReceiver().url, FOLLOWED)) as Made;
    expect([own.clientId, made.clientId]).toEqual([null, app.clientId]);
    expect(await listed(caller)).toEqual([made.id]);
    expect(await listed(stranger)).toEqual([]);
    for (const who of [user, { token: key }])
      expect((await listed(who)).toSorted()).toEqual([own.id, made.id].toSorted());
  });

  it("are the only ones it can reach: it finds neither settings nor payloads of any other", async () => {
    const [{ caller }, { caller: stranger }] = await Promise.all([letIn(app, user), letIn(other, user)]);
    const own = await newWebhook(user, newReceiver().url, ["order.paid"]);
    const made = await newWebhook(caller, newReceiver().url, FOLLOWED);
    for (const { id, by } of [
      { id: own.id, by: user },
      { id: made.id, by: caller },
    ]) {
      const delivery = await deliveryOf(by, id);
      expect((await request(`${PATH}/deliveries/${delivery}`, as(by))).status).toBe(200);
      const tries: [string, string, unknown?][] = [
        [`/${id}`, "GET"],
        [`/${id}`, "PATCH", { url: newReceiver().url }],
        [`/${id}`, "DELETE"],
        [`/${id}/rotate-secret`, "POST", {}],
        [`/${id}/test`, "POST", { type: "user.followed" }],
        [`/${id}/recover`, "POST", { since: "2026-01-01T00:00:00Z" }],
        [`/${id}/deliveries`, "GET"],
        [`/deliveries/${delivery}`, "GET"],
        [`/deliveries/${delivery}/redeliver`, "POST"],
      ];
      for (const [path, method, body] of tries)
        expect([path, (await request(PATH + path, as(stranger, method, body))).status]).toEqual([path, 404]);
    }
    expect((await requestJson<Made>(`${PATH}/${own.id}`, as(user))).body.url).toBe(own.url);
  });

  it("receive only Loopspace's events, also after a change by the account", async () => {
    const { caller } = await letIn(app, user);
    const { url } = newReceiver();
    const refused = await requestJson<Refusal>(
      PATH,
      as(caller, "POST", { url, events: ["audio.uploaded", "order.paid"] }),
    );
    expect([refused.status, refused.body.error.code]).toEqual([400, "INVALID_REQUEST"]);
    expect(refused.body.error.message).toContain("audio.uploaded, user.followed, purchase.completed");
    const events = ["audio.uploaded", "user.followed", "purchase.completed"];
    const { id } = await newWebhook(caller, url, events);
    for (const who of [caller, user])
      expect((await request(`${PATH}/${id}`, as(who, "PATCH", { events: ["meeting.ended"] }))).status).toBe(
        400,
      );
    const changed = await requestJson<Made>(`${PATH}/${id}`, as(caller, "PATCH", { events: FOLLOWED }));
    expect([changed.status, changed.body.events]).toEqual([200, FOLLOWED]);
    const nobodys = await request(`${PATH}/wh_nobodys`, as(user, "PATCH", { events: ["meeting.ended"] }));
    expect(nobodys.status).toBe(404);
  });

  it("do not count against the limit of the account's own webhooks", async () => {
    const someone = await newUser();
    const { caller } = await letIn(app, someone);
    const statuses = await Promise.all(
      Array.from(
        { length: 22 },
        async () =>
          (await request(PATH, as(caller, "POST", { url: newReceiver().url, events: FOLLOWED }))).status,
      ),
    );
    expect(statuses.filter((status) => status === 201)).toHaveLength(20);
    expect(statuses.filter((status) => status === 409)).toHaveLength(2);
    await newWebhook(someone, newReceiver().url, FOLLOWED);
  });
});

describe("an application without authorization", () => {
  it("loses its webhooks when the user ends its grant; other webhooks remain", async () => {
    const someone = await newUser();
    const [{ caller }, { caller: stranger }] = await Promise.all([
      letIn(app, someone),
      letIn(other, someone),
    ]);
    const { caller: elsewhere } = await letIn(app, user);
    const own = await newWebhook(someone, newReceiver().url, FOLLOWED);
    const made = await newWebhook(caller, newReceiver().url, FOLLOWED);
    const others = await newWebhook(stranger, newReceiver().url, FOLLOWED);
    const sameApp = await newWebhook(elsewhere, newReceiver().url, FOLLOWED);
    const ended = await request(`/api/v1/developer/grants/${app.clientId}`, as(someone, "DELETE"));
    expect(ended.status).toBe(204);
    expect(await exists(made.id)).toBe(false);
    for (const { id } of [own, others, sameApp]) expect(await exists(id)).toBe(true);
  });

  it("loses its webhooks when its last token with the scope is revoked", async () => {
    const someone = await newUser();
    const [first, second] = [await letIn(app, someone), await letIn(app, someone)];
    const { id } = await newWebhook(first.caller, newReceiver().url, FOLLOWED);
    const giveBack = ({ tokens }: typeof first) =>
      request("/api/oauth/revoke", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ ...credentials(app), token: tokens.refresh_token }),
      });
    expect((await giveBack(first)).status).toBe(200);
    expect(await exists(id)).toBe(true);
    await newTokens(app, someone, { scope: "users:read" });
    expect((await giveBack(second)).status).toBe(200);
    expect(await exists(id)).toBe(false);
  });

  it("loses its webhooks when a stolen refresh token ends the grant, and when the grant expires", async () => {
    const someone = await newUser();
    const stolen = await letIn(app, someone);
    const { id: first } = await newWebhook(stolen.caller, newReceiver().url, FOLLOWED);
    const next = await refreshWith(app, stolen.tokens.refresh_token);
    await refreshWith(app, next.body.refresh_token);
    expect((await refreshWith(app, stolen.tokens.refresh_token)).status).toBe(400);
    expect(await exists(first)).toBe(false);
    const forgotten = await letIn(app, someone);
    const { id: second } = await newWebhook(forgotten.caller, newReceiver().url, FOLLOWED);
    await new OAuthGrants(db, () => Date.now() + 91 * DAY_MS).prune();
    expect(await exists(second)).toBe(false);
  });

  it("loses its webhooks when it is deleted, its developer's own included", async () => {
    const mine = await newApp();
    const { caller } = await letIn(mine, user);
    const { id } = await newWebhook(caller, newReceiver().url, FOLLOWED);
    const itself = await requestToken({
      grant_type: "client_credentials",
      scope: "webhooks",
      ...credentials(mine),
    });
    const { id: own } = await newWebhook(callerOf(itself.body), newReceiver().url, FOLLOWED);
    const removed = await request(`/api/v1/developer/apps/${mine.clientId}`, as(mine.owner, "DELETE"));
    expect(removed.status).toBe(204);
    expect([await exists(id), await exists(own)]).toEqual([false, false]);
  });
});
