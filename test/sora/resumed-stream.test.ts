import { describe, expect, it } from "vitest";
import { request, requestJson } from "../support/http.ts";
import { as, newUser, type SoraUser } from "../support/sora.ts";
import { openProgressSocket } from "../support/studio.ts";

interface Shown {
  readonly id: string;
  readonly data: {
    readonly id: string;
    readonly status: string;
    readonly progress: number;
    videoUrl?: string;
  };
}

const PATH = "/api/videos/generate-stream";
const LONG = { prompt: "一只可爱的小猫在草地上玩耍", duration: 2 };

const open = (user: SoraUser, headers: Record<string, string> = {}, body: unknown = LONG) =>
  request(PATH, as(user, "POST", body, headers));

const shownIn = (text: string): Shown[] =>
  text
    .split("\n\n")
    .filter((block) => block.startsWith("data: "))
    .map((block) => {
      const [data = "", id = ""] = block.split("\n");
      return { id: id.replace(/^id: /, ""), data: JSON.parse(data.slice(6)) };
    });

/** Reads until `count` events have arrived, then closes the connection. */
const readSome = async (response: Response, count: number): Promise<Shown[]> => {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (shownIn(text).length < count) {
    const step = await reader?.read();
    if (!step || step.done) break;
    text += step.value;
  }
  await reader?.cancel();
  return shownIn(text).slice(0, count);
};

const readAll = async (response: Response): Promise<Shown[]> => shownIn(await response.text());
const resume = (user: SoraUser, id: string, headers: Record<string, string> = {}, body?: unknown) =>
  open(user, { "last-event-id": id, ...headers }, body);
const balanceOf = async (user: SoraUser) =>
  (await requestJson<{ balance: number }>("/api/credits/balance", as(user))).body.balance;
const videosOf = async (user: SoraUser) =>
  (await requestJson<{ data: { id: string }[] }>("/api/videos", as(user))).body.data;

describe("the events of a stream", () => {
  it("carry the task id and an increasing version", async () => {
    const events = await readAll(await open(await newUser()));
    const task = events[0]?.data.id;
    const versions = events.map(({ id }) => Number(id.split(":")[1]));
    expect(events.map(({ id }) => id)).toEqual(versions.map((version) => `${task}:${version}`));
    expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
    expect(events[0]?.data.status).toBe("PENDING");
  });
});

describe("a POST with Last-Event-ID", () => {
  it("continues the same task, charges nothing, consumes no limit and overrides Idempotency-Key", async () => {
    const user = await newUser();
    const first = await open(user, { "idempotency-key": "a" });
    const left = first.headers.get("x-ratelimit-remaining");
    expect(left).toBe("9");
    const [seen] = await readSome(first, 1);
    const again = await resume(user, seen?.id ?? "", { "idempotency-key": "another" });
    expect(again.status).toBe(200);
    expect(again.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    expect(again.headers.get("x-ratelimit-remaining")).toBe(left);
    const rest = await readAll(again);
    expect(new Set(rest.map(({ data }) => data.id))).toEqual(new Set([seen?.data.id]));
    expect(rest.map(({ id }) => id)).not.toContain(seen?.id);
    expect(rest.map(({ data }) => data.status)).toEqual(expect.arrayContaining(["PROCESSING", "COMPLETED"]));
    expect(rest.at(-1)?.data).toMatchObject({ status: "COMPLETED", videoUrl: expect.any(String) });
    expect(await videosOf(user)).toHaveLength(1);
    expect(await balanceOf(user)).toBe(48);
  });

  it("sends every missed change, in order", async () => {
    const user = await newUser();
    const all = await readAll(await open(user));
    const [first, second] = all;
    const rest = await readAll(await resume(user, first?.id ?? ""));
    expect(rest[0]?.id).toBe(second?.id);
    expect(rest.map(({ id }) => id)).toEqual(all.slice(1).map(({ id }) => id));
  });

  it("ignores its body", async () => {
    const user = await newUser();
    const [seen] = await readSome(await open(user), 1);
    const rest = await readAll(await resume(user, seen?.id ?? "", {}, {}));
    expect(rest.at(-1)?.data.status).toBe("COMPLETED");
  });

  it("is 204 only with the last version", async () => {
    const user = await newUser();
    const last = (await readAll(await open(user))).at(-1);
    const [task = "", version] = last?.id.split(":") ?? [];
    expect((await resume(user, last?.id ?? "")).status).toBe(204);
    for (const other of [0, Number(version) - 1, Number(version) + 1, 999_999_999]) {
      const events = await readAll(await resume(user, `${task}:${other}`));
      expect(events.at(-1)?.id).toBe(last?.id);
    }
    expect(await balanceOf(user)).toBe(48);
  });

  it("ends with the final state after a version that the task never had", async () => {
    const user = await newUser();
    const [seen] = await readSome(await open(user), 1);
    const events = await readAll(await resume(user, `${seen?.data.id}:999999999`));
    expect(events.map(({ data }) => data.status)).toEqual(["COMPLETED"]);
  });

  it("reports that a task was cancelled", async () => {
    const user = await newUser();
    const [seen] = await readSome(await open(user, {}, { ...LONG, duration: 10, hd: true }), 1);
    const waiting = resume(user, seen?.id ?? "").then(readAll);
    await request(`/api/videos/${seen?.data.id}/cancel`, as(user, "POST"));
    expect((await waiting).at(-1)?.data.status).toBe("CANCELLED");
    expect(await balanceOf(user)).toBe(50);
  });

  it("is 204 when the task is deleted, another account's or unknown", async () => {
    const [user, stranger] = [await newUser(), await newUser()];
    const events = await readAll(await open(user, {}, { ...LONG, duration: 1 }));
    const [seen] = events;
    expect((await resume(stranger, seen?.id ?? "")).status).toBe(204);
    expect((await resume(stranger, `${crypto.randomUUID()}:3`)).status).toBe(204);
    await request(`/api/videos/${seen?.data.id}`, as(user, "DELETE"));
    expect((await resume(user, seen?.id ?? "")).status).toBe(204);
    expect([await balanceOf(user), await balanceOf(stranger)]).toEqual([49, 50]);
  });

  it("continues a stream that was closed in favour of 50 newer connections", async () => {
    const user = await newUser();
    const reading = (await open(user, {}, { ...LONG, duration: 10, hd: true })).text();
    const sockets = [];
    for (let i = 0; i < 50; i++) sockets.push(await openProgressSocket(`/ws?token=${user.token}`));
    const text = await reading;
    expect(text).toMatch(/\n\nretry: [3-6]\d{4}\n\n$/);
    const seen = shownIn(text).at(-1);
    expect(seen?.data.status).toMatch(/^P/);
    for (const { socket } of sockets) socket.close(1_000, "");
    const rest = resume(user, seen?.id ?? "").then(readAll);
    await request(`/api/videos/${seen?.data.id}/cancel`, as(user, "POST"));
    expect((await rest).at(-1)?.data.status).toBe("CANCELLED");
    expect(await videosOf(user)).toHaveLength(1);
  });

  it("works when the limit is used up", async () => {
    const user = await newUser();
    const [seen] = await readSome(await open(user, {}, { ...LONG, duration: 1 }), 1);
    let status = 0;
    for (let i = 0; i < 12 && status !== 429; i++) {
      const response = await open(user, {}, { ...LONG, duration: 1 });
      status = response.status;
      await response.body?.cancel();
    }
    expect(status).toBe(429);
    const again = await resume(user, seen?.id ?? "");
    expect([again.status, again.headers.get("x-ratelimit-remaining")]).toEqual([200, "0"]);
    expect((await readAll(again)).at(-1)?.data.status).toBe("COMPLETED");
  });

  it("is 401 without a token, and counts against the limit", async () => {
    const response = await request(PATH, {
      method: "POST",
      headers: { "last-event-id": `${crypto.randomUUID()}:1` },
    });
    expect(response.status).toBe(401);
    expect(Number(response.headers.get("x-ratelimit-remaining"))).toBeGreaterThan(0);
  });

  it.each(["", "1", "null", `${"0".repeat(36)}:1`, "11111111-1111-4111-8111-111111111111", "x:1"])(
    "is an ordinary request with the id %j",
    async (id) => {
      const user = await newUser();
      const response = await resume(user, id, {}, { ...LONG, duration: 1 });
      await readSome(response, 1);
      expect(await videosOf(user)).toHaveLength(1);
    },
  );
});
