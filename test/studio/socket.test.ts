import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { TaskResult } from "../../src/core/generation/index.ts";
import { AccessTokens } from "../../src/core/identity/index.ts";
import type { ProgressEvent } from "../../src/core/progress/index.ts";
import { eventually, request, requestJson } from "../support/http.ts";
import { as as asSora } from "../support/sora.ts";
import {
  as,
  bearer,
  bytesAt,
  call,
  newStudioUser,
  openProgressSocket,
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

const channelOf = async (user: StudioUser) => {
  const row = await env.DB.prepare("SELECT id FROM users WHERE uuid = ?1")
    .bind(user.id)
    .first<{ id: number }>();
  return env.PROGRESS.get(env.PROGRESS.idFromName(`user:${row?.id}`));
};

/** Waits until a user's channel has a given number of subscriptions. */
const subscribed = async (user: StudioUser, count: number): Promise<void> => {
  const channel = await channelOf(user);
  await eventually(() => runInDurableObject(channel, (_, state) => state.getWebSockets().length === count));
};

const publish = async (user: StudioUser, event: ProgressEvent): Promise<void> =>
  (await channelOf(user)).publish(event);

const IMAGE = { width: 8, height: 6, bytes: 5, hasThumbnail: true };

/** Returns the event that reports a task as completed. */
const completed = (id: string, kind: "image" | "video", made?: TaskResult): ProgressEvent => ({
  key: id,
  version: 2_100,
  terminal: true,
  data: {
    id,
    product: "studio",
    kind,
    state: "COMPLETED",
    progress: 100,
    failure: null,
    createdAt: 0,
    updatedAt: 0,
    ...(made && { made }),
  },
});

describe("a socket", () => {
  it("sends progress that never decreases, and then the result", async () => {
    const user = await newStudioUser();
    const { socket, messages } = await openProgressSocket(`/ws?token=${user.token}`);
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

  it("reports a cancelled task", async () => {
    const user = await newStudioUser();
    const { socket, messages } = await openProgressSocket(`/api/v1/ws?token=${user.token}`);
    const taskId = await submit(user, { width: 2_048, height: 2_048, numImages: 4 });
    await call(`/generate/task/${taskId}/cancel`, as(user, "POST"));
    const failed = await eventually(async () =>
      told(messages, taskId).find(({ type }) => type === "task_failed"),
    );
    expect(failed).toMatchObject({ error: "已取消，算力已退还", status: "cancelled" });
    socket.close(1_000, "");
  });

  it("sends the current state of all tasks to a new connection", async () => {
    const user = await newStudioUser();
    const done = await submit(user);
    await settled(user, done);
    const living = await submit(user, { width: 2_048, height: 2_048, numImages: 4 });
    const { socket, messages } = await openProgressSocket(`/ws?token=${user.token}`);
    await eventually(async () => told(messages, done).length > 0 && told(messages, living).length > 0);
    expect(told(messages, done)[0]).toMatchObject({ type: "task_complete", result: { images: [{}] } });
    await call(`/generate/task/${living}/cancel`, as(user, "POST"));
    socket.close(1_000, "");
  });

  it("answers ping with pong, as text and as JSON", async () => {
    const user = await newStudioUser();
    const { socket, texts, messages } = await openProgressSocket(`/ws?token=${user.token}`);
    socket.send("ping");
    socket.send('{"type":"ping"}');
    socket.send("anything else {");
    await eventually(async () => texts.includes("pong") && messages.some(({ type }) => type === "pong"));
    socket.close(1_000, "");
  });

  it("also accepts the token in a header and as a subprotocol", async () => {
    const user = await newStudioUser();
    const header = await openProgressSocket("/ws", bearer(user));
    const offered = await openProgressSocket("/ws", { "sec-websocket-protocol": `bearer, ${user.token}` });
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
      expect(await (await openProgressSocket(path)).closed).toMatchObject({ code: 4_401 });
    },
  );

  it("closes with 4401 when its session ends, but not when another session does", async () => {
    const user = await newStudioUser();
    const second = (await signInStudio(user.email)).data;
    const [first, other] = [
      await openProgressSocket(`/ws?token=${user.token}`),
      await openProgressSocket(`/ws?token=${second.token}`),
    ];
    other.socket.send("ping");
    await eventually(async () => other.texts.includes("pong"));
    await call("/user/logout", as(user, "POST"));
    expect(await first.closed).toMatchObject({ code: 4_401 });
    other.socket.send('{"type":"ping"}');
    await eventually(async () => other.messages.some(({ type }) => type === "pong"));
    // A changed password ends all sessions.
    const changed = await requestJson(
      "/api/users/password",
      asSora(second, "PUT", { currentPassword: PASSWORD, newPassword: `${PASSWORD}!` }),
    );
    expect(changed.status).toBe(200);
    expect(await other.closed).toMatchObject({ code: 4_401 });
  });

  it("closes with 4401 when its token expires", async () => {
    const user = await newStudioUser();
    const tokens = new AccessTokens({ current: env.JWT_SECRET ?? "", previous: undefined }, () => Date.now());
    const claims = await tokens.read(user.token);
    if (!claims) throw new Error("no claims");
    const short = await tokens.sign(claims, 2_000);
    const { closed } = await openProgressSocket(`/ws?token=${short}`);
    expect(await closed).toMatchObject({ code: 4_401 });
  });

  it("receives only the tasks of its own account", async () => {
    const [user, other] = [await newStudioUser(), await newStudioUser()];
    const { socket, messages } = await openProgressSocket(`/ws?token=${other.token}`);
    await settled(user, await submit(user));
    const mine = await submit(other);
    await eventually(async () => told(messages, mine).some(({ type }) => type === "task_complete"));
    expect(new Set(messages.map(({ taskId }) => taskId))).toEqual(new Set([mine]));
    socket.close(1_000, "");
  });

  it("builds the result from the event without reading the task's row", async () => {
    const user = await newStudioUser();
    const { socket, messages } = await openProgressSocket(`/ws?token=${user.token}`);
    const [image, video] = [crypto.randomUUID(), crypto.randomUUID()];
    // These tasks have no rows, so all that is shown comes from the events.
    await publish(
      user,
      completed(image, "image", { kind: "image", images: [IMAGE, { ...IMAGE, bytes: 7 }] }),
    );
    await publish(
      user,
      completed(video, "video", {
        kind: "video",
        durationSeconds: 5,
        hd: true,
        bytes: 9,
        hasThumbnail: false,
      }),
    );
    await eventually(async () => messages.length === 2);
    const url = expect.stringContaining(`/media/tasks/${image}/image`);
    const thumbnail = expect.stringContaining(`/media/tasks/${image}/thumbnail`);
    const shown = { url, thumbnail, width: 8, height: 6 };
    expect(messages[0]).toEqual({
      type: "task_complete",
      taskId: image,
      result: {
        images: [
          { ...shown, fileSize: 5 },
          { ...shown, fileSize: 7 },
        ],
      },
    });
    expect(messages[1]).toMatchObject({
      result: { video: { thumbnail: "", duration: 5, resolution: "1080p", fileSize: 9 } },
    });
    socket.close(1_000, "");
  });

  it("shows the same result as the task, also after an event of an older version without a result", async () => {
    const user = await newStudioUser();
    const taskId = await submit(user, { numImages: 2 });
    const { result } = await settled(user, taskId);
    const first = await openProgressSocket(`/ws?token=${user.token}`);
    await eventually(async () => told(first.messages, taskId).length === 1);
    expect(told(first.messages, taskId)).toEqual([{ type: "task_complete", taskId, result }]);
    const channel = await channelOf(user);
    await channel.forget(taskId);
    await publish(user, completed(taskId, "image"));
    const late = await openProgressSocket(`/ws?token=${user.token}`);
    await eventually(async () => told(late.messages, taskId).length === 1);
    expect(told(late.messages, taskId)).toEqual([{ type: "task_complete", taskId, result }]);
    for (const { socket } of [first, late]) socket.close(1_000, "");
  });

  it("does not report a deleted work", async () => {
    const user = await newStudioUser();
    const [removed, kept] = [await submit(user), await submit(user)];
    await settled(user, removed);
    await settled(user, kept);
    expect((await call(`/works/${removed}`, as(user, "DELETE"))).status).toBe(200);
    const { socket, messages } = await openProgressSocket(`/ws?token=${user.token}`);
    await eventually(async () => told(messages, kept).length === 1);
    expect(told(messages, removed)).toEqual([]);
    socket.close(1_000, "");
  });

  it("closes with 4429 when its account opens a 51st connection, be it a socket or a stream", async () => {
    const [user, other] = [await newStudioUser(), await newStudioUser()];
    const bystander = await openProgressSocket(`/ws?token=${other.token}`);
    const sockets: Awaited<ReturnType<typeof openProgressSocket>>[] = [];
    const isOpen = async ({ socket, texts }: (typeof sockets)[number]): Promise<void> => {
      socket.send("ping");
      await eventually(async () => texts.includes("pong"));
    };
    for (let i = 0; i < 50; i++) {
      sockets.push(await openProgressSocket(`/ws?token=${user.token}`));
      // The first two must be the oldest in a known order; the order of the others is not important.
      if (i < 2 || i === 49) await subscribed(user, i + 1);
    }
    await Promise.all(sockets.map(isOpen));
    sockets.push(await openProgressSocket(`/ws?token=${user.token}`));
    expect(await sockets[0]?.closed).toEqual({ code: 4_429, reason: expect.stringContaining("50") });
    const stream = await request(
      "/api/videos/generate-stream",
      asSora(user, "POST", { prompt: "a cat", duration: 1 }),
    );
    expect(await sockets[1]?.closed).toMatchObject({ code: 4_429 });
    expect(await stream.text()).toContain('"COMPLETED"');
    await Promise.all([...sockets.slice(2), bystander].map(isOpen));
    for (const { socket } of [...sockets.slice(2), bystander]) socket.close(1_000, "");
  });

  it("answers 426 to a request without an upgrade", async () => {
    expect((await request("/ws")).status).toBe(426);
  });
});
