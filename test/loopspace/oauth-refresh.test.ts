import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { newUser, type SoraUser } from "../support/loopspace.ts";
import { type App, newApp, newTokens, refreshWith, statusOf } from "../support/oauth.ts";

let app: App;
let other: App;
let user: SoraUser;
beforeAll(async () => {
  [app, other, user] = await Promise.all([newApp(), newApp(), newUser()]);
});

describe("a refresh token", () => {
  it("is exchanged for a new pair, and the previous access token stays valid", async () => {
    const first = await newTokens(app, user);
    const { status, body } = await refreshWith(app, first.refresh_token);
    expect(status).toBe(200);
    expect(body.refresh_token).not.toBe(first.refresh_token);
    for (const tokens of [first, body]) expect(await statusOf(tokens)).toBe(200);
  });

  it("can be exchanged again after a lost answer, until a successor is used", async () => {
    const first = await newTokens(app, user);
    const lost = await refreshWith(app, first.refresh_token);
    const retried = await refreshWith(app, first.refresh_token);
    expect(retried.status).toBe(200);
    expect(await statusOf(retried.body)).toBe(200);
    const next = await refreshWith(app, retried.body.refresh_token);
    expect(next.status).toBe(200);
    expect((await refreshWith(app, next.body.refresh_token)).status).toBe(200);
    expect(lost.status).toBe(200);
  });

  it("may be sent ten times at once: each answer continues the grant", async () => {
    for (const kept of [0, 9]) {
      const first = await newTokens(app, user);
      const answers = await Promise.all(
        Array.from({ length: 10 }, () => refreshWith(app, first.refresh_token)),
      );
      expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200));
      const { status, body } = await refreshWith(app, answers[kept]?.body.refresh_token ?? "");
      expect(status).toBe(200);
      expect((await refreshWith(app, body.refresh_token)).status).toBe(200);
    }
  });

  it.each([
    ["the previous token", (first: string, _: string) => first],
    ["a sibling of the used token", (_: string, twin: string) => twin],
  ])("ends the grant when %s is sent after a successor was used", async (_, shown) => {
    const first = await newTokens(app, user);
    const twin = await refreshWith(app, first.refresh_token);
    const used = await refreshWith(app, first.refresh_token);
    const last = await refreshWith(app, used.body.refresh_token);
    expect(last.status).toBe(200);
    const reused = await refreshWith(app, shown(first.refresh_token, twin.body.refresh_token));
    expect([reused.status, reused.body.error]).toEqual([400, "invalid_grant"]);
    for (const { body } of [used, last, twin]) expect(await statusOf(body)).toBe(401);
    expect((await refreshWith(app, last.body.refresh_token)).status).toBe(400);
  });

  it("lets one of two successors win when both are used at once, and ends the grant", async () => {
    const first = await newTokens(app, user);
    const twins = await Promise.all([1, 2].map(() => refreshWith(app, first.refresh_token)));
    const answers = await Promise.all(twins.map(({ body }) => refreshWith(app, body.refresh_token)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400]);
    for (const { body } of answers)
      expect(await statusOf({ access_token: body.access_token ?? "" })).toBe(401);
  });

  it("may narrow the scopes of the access token, but never widen them", async () => {
    const first = await newTokens(app, user, { scope: "users:read audio:read" });
    const narrow = await refreshWith(app, first.refresh_token, { scope: "audio:read" });
    expect(narrow.body.scope).toBe("audio:read");
    expect(await statusOf(narrow.body)).toBe(403);
    const wide = await refreshWith(app, narrow.body.refresh_token);
    expect(wide.body.scope).toBe("users:read audio:read");
    for (const scope of ["users:write", "users:read users:write", "nonsense"]) {
      const { status, body } = await refreshWith(app, wide.body.refresh_token, { scope });
      expect([status, body.error]).toEqual([400, "invalid_scope"]);
    }
    expect((await refreshWith(app, wide.body.refresh_token)).status).toBe(200);
  });

  it("is refused from another application, as an access token, or altered", async () => {
    const tokens = await newTokens(app, user);
    expect((await refreshWith(other, tokens.refresh_token)).body.error).toBe("invalid_grant");
    expect((await refreshWith(app, tokens.access_token)).body.error).toBe("invalid_grant");
    expect((await refreshWith(app, `${tokens.refresh_token.slice(0, -1)}~`)).body.error).toBe(
      "invalid_grant",
    );
    expect((await refreshWith(app, "")).body.error).toBe("invalid_request");
    expect(await statusOf({ access_token: tokens.refresh_token })).toBe(401);
    expect((await refreshWith(app, tokens.refresh_token)).status).toBe(200);
  });

  it("expires after 90 days, an access token after an hour", async () => {
    const tokens = await newTokens(app, user);
    const { results } = await env.DB.prepare(
      "SELECT kind, expires_at - created_at AS ttl FROM oauth_tokens WHERE grant_id = (SELECT id FROM oauth_grants ORDER BY created_at DESC, rowid DESC LIMIT 1) ORDER BY kind",
    ).all();
    expect(results).toEqual([
      { kind: "access", ttl: 3_600_000 },
      { kind: "refresh", ttl: 90 * 86_400_000 },
    ]);
    await env.DB.prepare("UPDATE oauth_tokens SET expires_at = ?1").bind(Date.now()).run();
    expect(await statusOf(tokens)).toBe(401);
    expect((await refreshWith(app, tokens.refresh_token)).body.error).toBe("invalid_grant");
  });
});
