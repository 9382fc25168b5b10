import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { AccessTokens } from "../../src/core/identity/index.ts";
import { ask, askJson, eventually } from "../support/http.ts";
import { as as asSora } from "../support/sora.ts";
import {
  as,
  bearer,
  bytesAt,
  call,
  newStudioUser,
  openSocket,
  PASSWORD,
  type StudioUser,
  settled,
  signInStudio,
} from "../support/studio.ts";

const submit = async (user: StudioUser, change = {}) => {
  const asked = { prompt: "a cat", width: 64, height: 64, ...change };
  return (await call<{ taskId: string }>("/generate/text-to-image", as(user, "POST", asked))).data.taskId;
};

const told = (messages: Record<string, unknown>[], taskId: string) =>
  messages.filter((message) => message.taskId === taskId);

describe("a socket", () => {
  it("tells of progress that never falls, and of the end with its result", async () => {
    const user = await newStudioUser();
    const { socket, messages } = await openSocket(`/ws?token=${user.token}`);
    const taskId = await submit(user, { numImages: 4 });
    await eventually(async () => told(messages, taskId).some(({ type }) => type === "task_complete"));
    const all = told(messages, taskId);
    const progress = all.filter(({ type }) => type === "task_progress");
    expect(progress.length).toBeGreaterThan(0);
    for (const message of progress)
      expect(message).toEqual({
        type: "task_progress",
        taskId,
        progress: expect.any(Number),
        status: "processing",
      });
    const values = progress.map((message) => Number(message.progress));
    expect(values).toEqual(values.toSorted((a, b) => a - b));
    const end = all.at(-1) as { type: string; result: { images: { url: string }[] } };
    expect(end.type).toBe("task_complete");
    expect(end.result.images).toHaveLength(4);
    expect((await bytesAt(end.result.images[0]?.url ?? "")).length).toBeGreaterThan(100);
    socket.close(1_000, "");
  });

  it("tells of what was cancelled", async () => {
    const user = await newStudioUser();
    const { socket, messages } = await openSocket(`/api/v1/ws?token=${user.token}`);
    const taskId = await submit(user, { width: 2_048, height: 2_048, numImages: 4 });
    await call(`/generate/task/${taskId}/cancel`, as(user, "POST"));
    const failed = await eventually(async () =>
      told(messages, taskId).find(({ type }) => type === "task_failed"),
    );
    expect(failed).toMatchObject({ error: "已取消，算力已退还", status: "cancelled" });
    socket.close(1_000, "");
  });

  it("tells who comes back how everything stands", async () => {
    const user = await newStudioUser();
    const done = await submit(user);
    await settled(user, done);
    const living = await submit(user, { width: 2_048, height: 2_048, numImages: 4 });
    const { socket, messages } = await openSocket(`/ws?token=${user.token}`);
    await eventually(async () => told(messages, done).length > 0 && told(messages, living).length > 0);
    expect(told(messages, done)[0]).toMatchObject({ type: "task_complete", result: { images: [{}] } });
    await call(`/generate/task/${living}/cancel`, as(user, "POST"));
    socket.close(1_000, "");
  });

  it("answers ping with pong, in words and in JSON", async () => {
    const user = await newStudioUser();
    const { socket, texts, messages } = await openSocket(`/ws?token=${user.token}`);
    socket.send("ping");
    socket.send('{"type":"ping"}');
    socket.send("anything else {");
    await eventually(async () => texts.includes("pong") && messages.some(({ type }) => type === "pong"));
    socket.close(1_000, "");
  });

  it("takes the token as a header and as a subprotocol too", async () => {
    const user = await newStudioUser();
    const header = await openSocket("/ws", bearer(user));
    const offered = await openSocket("/ws", { "sec-websocket-protocol": `bearer, ${user.token}` });
    expect([header.protocol, offered.protocol]).toEqual([null, "bearer"]);
    for (const { socket, texts } of [header, offered]) {
      socket.send("ping");
      await eventually(async () => texts.includes("pong"));
      socket.close(1_000, "");
    }
  });

  it.each(["/ws", "/ws?token=", "/ws?token=abc", "/api/v1/ws?token=eyJhbGciOiJub25lIn0.e30."])(
    "closes with 4401 at %s",
    async (path) => {
      expect(await (await openSocket(path)).closed).toMatchObject({ code: 4_401 });
    },
  );

  it("closes with 4401 when its session ends, and no other of the account does", async () => {
    const user = await newStudioUser();
    const second = (await signInStudio(user.email)).data;
    const [first, other] = [
      await openSocket(`/ws?token=${user.token}`),
      await openSocket(`/ws?token=${second.token}`),
    ];
    other.socket.send("ping");
    await eventually(async () => other.texts.includes("pong"));
    await call("/user/logout", as(user, "POST"));
    expect(await first.closed).toMatchObject({ code: 4_401 });
    other.socket.send('{"type":"ping"}');
    await eventually(async () => other.messages.some(({ type }) => type === "pong"));
    // A changed password ends them all.
    const changed = await askJson(
      "/api/users/password",
      asSora(second, "PUT", { currentPassword: PASSWORD, newPassword: `${PASSWORD}!` }),
    );
    expect(changed.status).toBe(200);
    expect(await other.closed).toMatchObject({ code: 4_401 });
  });

  it("closes with 4401 when its token runs out", async () => {
    const user = await newStudioUser();
    const tokens = new AccessTokens({ current: env.JWT_SECRET ?? "", previous: undefined }, () => Date.now());
    const claims = await tokens.read(user.token);
    if (!claims) throw new Error("no claims");
    const short = await tokens.sign(claims, 2_000);
    const { closed } = await openSocket(`/ws?token=${short}`);
    expect(await closed).toMatchObject({ code: 4_401 });
  });

  it("is told of one's own tasks only", async () => {
    const [user, other] = [await newStudioUser(), await newStudioUser()];
    const { socket, messages } = await openSocket(`/ws?token=${other.token}`);
    await settled(user, await submit(user));
    const mine = await submit(other);
    await eventually(async () => told(messages, mine).some(({ type }) => type === "task_complete"));
    expect(new Set(messages.map(({ taskId }) => taskId))).toEqual(new Set([mine]));
    socket.close(1_000, "");
  });

  it("is no page", async () => {
    expect((await ask("/ws")).status).toBe(426);
  });
});
