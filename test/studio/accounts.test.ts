import { describe, expect, it } from "vitest";
import { jsonBody, requestJson } from "../support/http.ts";
import { makePng } from "../support/pictures.ts";
import { newIdentity, newUser, signIn } from "../support/sora.ts";
import {
  as,
  bearer,
  bytesAt,
  call,
  formOf,
  giveCredits,
  makeImages,
  makeVip,
  newAdmin,
  newStudioUser,
  PASSWORD,
  signInStudio,
} from "../support/studio.ts";

describe("an account", () => {
  it("is registered with the documented answer and 50 units of computing power", async () => {
    const identity = newIdentity();
    const { status, data, body, headers } = await call<{ user: object; token: string }>(
      "/auth/register",
      jsonBody(identity),
    );
    expect(status).toBe(201);
    expect(body).toMatchObject({ code: 201, timestamp: expect.any(Number) });
    expect(data.user).toEqual({
      id: expect.any(String),
      username: identity.username,
      email: identity.email,
    });
    expect(headers.get("cache-control")).toBe("no-store");
    const profile = await call("/user/profile", as({ token: data.token }));
    expect(profile.data).toMatchObject({
      username: identity.username,
      avatar: "",
      computePower: 50,
      vipLevel: 0,
      totalGenerated: 0,
    });
  });

  it("signs in by email address or username, and refuses another password", async () => {
    const user = await newStudioUser();
    expect((await signInStudio(user.email)).status).toBe(200);
    expect((await signInStudio(user.username.toUpperCase())).status).toBe(200);
    const wrong = await signInStudio(user.email, "wrong password");
    expect(wrong).toMatchObject({ status: 401, body: { code: 401, message: "邮箱或密码错误" } });
    expect((await signInStudio("nobody@example.com")).body).toMatchObject({
      code: 401,
      message: wrong.body.message,
      error: wrong.body.error,
    });
  });

  it("cannot be registered twice, nor with invalid fields", async () => {
    const user = await newStudioUser();
    const again = { ...newIdentity(), email: user.email };
    expect((await call("/auth/register", jsonBody(again))).body.code).toBe(409);
    for (const bad of [{}, { username: "x" }, { email: "nowhere" }, { password: "short" }]) {
      const { status } = await call(
        "/auth/register",
        jsonBody(Object.keys(bad).length ? { ...newIdentity(), ...bad } : {}),
      );
      expect(status).toBe(400);
    }
  });

  it("is shared with Sora, with the same wallet, and its tokens work on both", async () => {
    const sora = await newUser();
    const { data } = await call("/user/profile", as(sora));
    expect(data).toMatchObject({ id: sora.id, computePower: 50 });
    const studio = await newStudioUser();
    expect((await signIn(studio.email, PASSWORD)).status).toBe(200);
  });

  it("can change its name, its password and its picture", async () => {
    const user = await newStudioUser();
    const other = await newStudioUser();
    const name = `${user.username}x`;
    expect((await call("/user/profile", as(user, "PUT", { username: name }))).data).toMatchObject({
      username: name,
    });
    expect((await call("/user/profile", as(user, "PUT", { username: other.username }))).status).toBe(409);
    expect((await call("/user/profile", as(user, "PUT", {}))).status).toBe(400);
    const file = new Blob([makePng(300, 200, [9, 9, 9])]);
    const avatar = await call<{ avatar: string }>("/user/avatar", {
      method: "POST",
      headers: bearer(user),
      body: formOf({ file }),
    });
    expect((await call("/user/profile", as(user))).data.avatar).toBe(avatar.data.avatar);
    expect((await bytesAt(avatar.data.avatar)).length).toBeGreaterThan(20);
    const junk = { method: "POST", headers: bearer(user), body: formOf({ file: new Blob(["x"]) }) };
    expect((await call("/user/avatar", junk)).status).toBe(400);
    const change = { currentPassword: PASSWORD, newPassword: `${PASSWORD}!` };
    const wrong = { ...change, currentPassword: "wrong" };
    expect((await call("/user/password", as(user, "PUT", wrong))).status).toBe(400);
    expect((await call("/user/password", as(user, "PUT", change))).status).toBe(200);
    expect((await call("/user/profile", as(user))).status).toBe(401);
    expect((await signInStudio(user.email, `${PASSWORD}!`)).status).toBe(200);
  });

  it("loses access at once when it signs out", async () => {
    const user = await newStudioUser();
    expect((await call("/user/logout", as(user, "POST"))).status).toBe(200);
    expect((await call("/user/profile", as(user))).body).toMatchObject({ code: 401 });
  });

  it.each([
    ["no token", {}],
    ["an invalid token", { authorization: "Bearer abc" }],
    ["an unsigned token", { authorization: "Bearer eyJhbGciOiJub25lIn0.e30." }],
  ])("refuses %s", async (_, headers) => {
    for (const path of ["/user/profile", "/works", "/assistant/conversations", "/config/providers"]) {
      const { status, body } = await call(path, { headers });
      expect(status).toBe(401);
      expect(Object.keys(body).toSorted()).toEqual(["code", "error", "message", "requestId", "timestamp"]);
    }
  });
});

describe("computing power", () => {
  it("adds up after spending, refunds and recharges", async () => {
    const user = await newStudioUser();
    const power = async () => (await call("/user/compute-power", as(user))).data;
    expect(await power()).toEqual({ total: 50, used: 0, remaining: 50, gifted: 0, hdCount: 0 });
    await makeImages(user, { numImages: 3 });
    await makeImages(user, { width: 1_088, height: 1_024 });
    expect(await power()).toEqual({ total: 50, used: 5, remaining: 45, gifted: 0, hdCount: 1 });
    const { data } = await call<{ taskId: string }>(
      "/generate/text-to-image",
      as(user, "POST", { prompt: "x", width: 2_048, height: 2_048, numImages: 4 }),
    );
    await call(`/generate/task/${data.taskId}/cancel`, as(user, "POST"));
    expect(await power()).toEqual({ total: 50, used: 5, remaining: 45, gifted: 0, hdCount: 1 });
    await giveCredits(user, 100);
    expect(await power()).toEqual({ total: 150, used: 5, remaining: 145, gifted: 0, hdCount: 1 });
  });

  it("is bought in one call, at the server's price", async () => {
    const user = await newStudioUser();
    const buy = (body: object, headers = {}) => call("/user/recharge", as(user, "POST", body, headers));
    const { status, data } = await buy({ credits: 100, paymentMethod: "ALIPAY", amount: 10 });
    expect(status).toBe(201);
    expect(data).toMatchObject({
      order: { type: "credits", credits: 100, amount: 10, currency: "CNY", status: "PAID" },
      payment: { type: "redirect" },
    });
    expect((await buy({ credits: 100, paymentMethod: "ALIPAY", amount: 1 })).status).toBe(400);
    expect((await buy({ credits: 5, paymentMethod: "ALIPAY" })).status).toBe(400);
    expect((await buy({ credits: 100, paymentMethod: "CASH" })).status).toBe(400);
    const key = { "idempotency-key": "recharge" };
    await buy({ credits: 10, paymentMethod: "WECHAT" }, key);
    await buy({ credits: 10, paymentMethod: "WECHAT" }, key);
    expect((await call("/user/profile", as(user))).data).toMatchObject({ computePower: 160 });
  });
});

describe("VIP", () => {
  it("is an order: it begins with the payment, and a further payment extends it", async () => {
    const user = await newStudioUser();
    const { status, data } = await call<{ order: { id: string } }>(
      "/user/vip",
      as(user, "POST", { months: 2, paymentMethod: "WECHAT" }),
    );
    expect(status).toBe(201);
    expect(data.order).toMatchObject({ type: "vip", months: 2, credits: 0, amount: 60, status: "PAID" });
    const until = async () =>
      Date.parse((await call<{ vipUntil: string }>("/user/profile", as(user))).data.vipUntil);
    const first = await until();
    expect(first - Date.now()).toBeGreaterThan(59.9 * 86_400_000);
    await call("/user/vip", as(user, "POST", { months: 1, paymentMethod: "STRIPE" }));
    expect((await until()) - first).toBe(30 * 86_400_000);
    const profile = await call("/user/profile", as(user));
    expect(profile.data).toMatchObject({ vipLevel: 1, computePower: 50 });
    const order = await call(`/user/orders/${data.order.id}`, as(user));
    expect(order.data).toMatchObject({ status: "PAID", months: 2 });
    expect((await call(`/user/orders/${data.order.id}`, as(await newStudioUser()))).status).toBe(404);
  });

  it("is revoked once by a refund, and expires by itself", async () => {
    const user = await newStudioUser();
    const buy = async () =>
      (
        await call<{ order: { id: string } }>(
          "/user/vip",
          as(user, "POST", { months: 1, paymentMethod: "ALIPAY" }),
        )
      ).data.order.id;
    const [order] = [await buy(), await buy()];
    const admin = await newAdmin();
    for (let i = 0; i < 2; i++)
      expect((await requestJson(`/api/orders/${order}/refund`, as(admin, "POST"))).status).toBe(200);
    const { data } = await call<{ vipUntil: string }>("/user/profile", as(user));
    const left = Date.parse(data.vipUntil) - Date.now();
    expect(left).toBeGreaterThan(29.9 * 86_400_000);
    expect(left).toBeLessThan(30.1 * 86_400_000);
    await makeVip(user, Date.now() - 1);
    const after = (await call("/user/profile", as(user))).data;
    expect(after).toMatchObject({ vipLevel: 0 });
    expect(after.vipUntil).toBeUndefined();
  });

  it("raises the limits from the next call on, and lowers them when it expires", async () => {
    const user = await newStudioUser();
    const limitOf = async () => (await call("/user/profile", as(user))).headers.get("x-ratelimit-limit");
    expect(await limitOf()).toBe("100");
    await makeVip(user);
    expect(await limitOf()).toBe("1000");
    const fresh = await signInStudio(user.email);
    await makeVip(user, Date.now() - 1);
    const { headers } = await call("/user/profile", as(fresh.data));
    expect(headers.get("x-ratelimit-limit")).toBe("100");
    // The token's plan was out of date, so the limits were checked twice. The call still counts once: three so far.
    expect(headers.get("x-ratelimit-remaining")).toBe("97");
  });
});

describe("limits", () => {
  it("are ten images a day on the free plan, and count only accepted requests", async () => {
    const user = await newStudioUser();
    const asked = { prompt: "a cat", width: 64, height: 64 };
    const answers = await Promise.all(
      Array.from({ length: 14 }, () => call("/generate/text-to-image", as(user, "POST", asked))),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(10);
    const refused = answers.find(({ status }) => status === 429);
    expect(refused?.body).toMatchObject({ code: 429, message: "请求过于频繁，请稍后再试" });
    const wait = Number(refused?.headers.get("retry-after"));
    const midnight = Math.ceil(Date.now() / 86_400_000) * 86_400;
    expect(Math.abs(Date.now() / 1_000 + wait - midnight)).toBeLessThan(5);
    // Videos have a separate limit.
    const video = await call<{ taskId: string }>(
      "/generate/text-to-video",
      as(user, "POST", { prompt: "a cat", duration: 1 }),
    );
    expect(video.status).toBe(200);
    await call(`/generate/task/${video.data.taskId}/cancel`, as(user, "POST"));
  });

  it("take one call of the rate limiter beside the database reads", async () => {
    const user = await newStudioUser();
    const { headers } = await call(
      "/generate/text-to-image",
      as(user, "POST", { prompt: "a cat", width: 64, height: 64 }),
    );
    // The session, the model choice (unless cached), and the transaction of debit and row.
    expect(headers.get("server-timing")).toMatch(/d1;desc="[23]", do;desc="1"/);
  });

  it("are a hundred calls an hour on the free plan", async () => {
    const user = await newStudioUser();
    const answers = await Promise.all(Array.from({ length: 103 }, () => call("/user/profile", as(user))));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(100);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(3);
  });
});
