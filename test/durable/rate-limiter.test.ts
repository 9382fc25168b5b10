import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { SlidingWindows } from "../../durable/rate-limiter/sliding-windows.ts";

const MINUTE = 60_000;
const limiter = (key: string) => env.RATE_LIMITER.get(env.RATE_LIMITER.idFromName(key));

afterEach(() => {
  vi.useRealTimers();
});

describe("the rate limiter object", () => {
  it("admits exactly the limit of 200 parallel calls", async () => {
    const object = limiter("test:parallel");
    const limits = [{ name: "calls", limit: 50, windowMs: MINUTE }];
    const decisions = await Promise.all(Array.from({ length: 200 }, () => object.take(limits)));
    expect(decisions.filter(({ allowed }) => allowed)).toHaveLength(50);
    const remaining = decisions.filter(({ allowed }) => allowed).map((decision) => decision.remaining);
    expect(remaining.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i));
  });

  it("consumes all limits or none", async () => {
    const object = limiter("test:several");
    const narrow = { name: "narrow", limit: 3, windowMs: MINUTE };
    const wide = { name: "wide", limit: 100, windowMs: MINUTE };
    const decisions = await Promise.all(Array.from({ length: 20 }, () => object.take([narrow, wide])));
    expect(decisions.filter(({ allowed }) => allowed)).toHaveLength(3);
    expect(await object.take([wide])).toMatchObject({ allowed: true, remaining: 96 });
  });

  it("peeks at a limit without consuming it, and leaves it out of the figures", async () => {
    const object = limiter("test:peek");
    const calls = { name: "calls", limit: 100, windowMs: MINUTE };
    const misses = { name: "misses", limit: 2, windowMs: MINUTE };
    for (const remaining of [99, 98, 97])
      expect(await object.take([calls, { ...misses, peek: true }])).toMatchObject({
        name: "calls",
        remaining,
      });
    await object.take([misses]);
    await object.take([misses]);
    expect(await object.take([calls, { ...misses, peek: true }])).toMatchObject({
      allowed: false,
      name: "misses",
    });
    // A call that one limit refuses does not count for the others.
    expect(await object.take([calls])).toMatchObject({ allowed: true, remaining: 96 });
  });

  it("remembers a lock through an eviction", async () => {
    const object = limiter("test:evicted");
    const limits = [{ name: "passwords", limit: 2, windowMs: 15 * MINUTE, lockMs: 15 * MINUTE }];
    await object.take(limits);
    await object.take(limits);
    await evictDurableObject(object);
    expect(await object.take(limits)).toMatchObject({ allowed: false });
    await object.reset();
    expect(await object.take(limits)).toMatchObject({ allowed: true });
  });

  it("remembers a used-up window of a minute and its figures through an eviction", async () => {
    const object = limiter("test:minute");
    const limits = [{ name: "calls", limit: 60, windowMs: MINUTE }];
    const [first] = await Promise.all(Array.from({ length: 60 }, () => object.take(limits)));
    await evictDurableObject(object);
    const refused = await object.take(limits);
    expect(refused).toMatchObject({ allowed: false, limit: 60, remaining: 0 });
    expect(Math.abs(refused.resetAt - (first?.resetAt ?? 0))).toBeLessThan(1_000);
  });

  it("remembers each call of a small window of a minute through an eviction", async () => {
    const object = limiter("test:small");
    const limits = [{ name: "calls", limit: 3, windowMs: MINUTE }];
    for (const remaining of [2, 1, 0]) {
      expect(await object.take(limits)).toMatchObject({ allowed: true, remaining });
      await evictDurableObject(object);
    }
    expect(await object.take(limits)).toMatchObject({ allowed: false });
  });

  it("remembers all calls of a large window through an eviction, once it was idle", async () => {
    const object = limiter("test:rested");
    const limits = [{ name: "calls", limit: 1_000, windowMs: MINUTE }];
    for (let call = 0; call < 7; call++) await object.take(limits);
    await scheduler.wait(600);
    await evictDurableObject(object);
    expect(await object.take(limits)).toMatchObject({ allowed: true, remaining: 992 });
  });

  it("deletes expired state", async () => {
    const object = limiter("test:tidy");
    await object.take([{ name: "calls", limit: 2, windowMs: 6_000 }]);
    const stored = () => runInDurableObject(object, (_, state) => state.storage.list());
    expect((await stored()).size).toBe(1);
    vi.useFakeTimers({ now: Date.now() + 60 * MINUTE, toFake: ["Date"] });
    expect(await runDurableObjectAlarm(object)).toBe(true);
    vi.useRealTimers();
    expect((await stored()).size).toBe(0);
  });

  it("keeps the counts of different keys separate", async () => {
    const limits = [{ name: "calls", limit: 1, windowMs: MINUTE }];
    await limiter("test:a").take(limits);
    expect(await limiter("test:b").take(limits)).toMatchObject({ allowed: true });
  });
});

describe("a sliding window", () => {
  const limits = [{ name: "calls", limit: 3, windowMs: 1_000 }];

  it("admits again when the oldest call leaves the window, not before", () => {
    const windows = new SlidingWindows();
    for (const at of [0, 400, 800]) expect(windows.consume(limits, at).allowed).toBe(true);
    expect(windows.consume(limits, 999)).toMatchObject({ allowed: false, remaining: 0, resetAt: 1_000 });
    expect(windows.consume(limits, 1_000).allowed).toBe(true);
    expect(windows.consume(limits, 1_001)).toMatchObject({ allowed: false, resetAt: 1_400 });
  });

  it("does not count refused calls", () => {
    const windows = new SlidingWindows();
    for (let at = 0; at < 3; at++) windows.consume(limits, at);
    for (let at = 3; at < 900; at++) windows.consume(limits, at);
    expect(windows.consume(limits, 1_000).allowed).toBe(true);
  });

  it("never exceeds its limit in any window, with any arrival times", () => {
    const windows = new SlidingWindows();
    const allowed: number[] = [];
    let at = 0;
    for (let i = 0; i < 5_000; i++) {
      at += Math.floor(Math.random() * 120);
      if (windows.consume(limits, at).allowed) allowed.push(at);
    }
    for (let i = 3; i < allowed.length; i++) {
      expect((allowed[i] ?? 0) - (allowed[i - 3] ?? 0)).toBeGreaterThanOrEqual(1_000);
    }
    expect(allowed.length).toBeGreaterThan(500);
  });

  it("stays locked for the whole time once used up, and then starts again", () => {
    const windows = new SlidingWindows();
    const locking = [{ name: "passwords", limit: 2, windowMs: 1_000, lockMs: 5_000 }];
    windows.consume(locking, 0);
    windows.consume(locking, 900);
    expect(windows.consume(locking, 5_899)).toMatchObject({ allowed: false, resetAt: 5_900 });
    expect(windows.consume(locking, 5_900)).toMatchObject({ allowed: true, remaining: 1 });
  });

  it("needs few writes, and asks for each one before the state that it protects is used up", () => {
    const windows = new SlidingWindows();
    const wide = [{ name: "calls", limit: 100, windowMs: MINUTE }];
    const asked: unknown[] = [];
    for (let call = 0; call < 100; call++) {
      windows.consume(wide, call);
      const writeBy = windows.writeBy();
      if (writeBy === "now") windows.durableState();
      asked.push(writeBy);
    }
    expect(asked.filter((writeBy) => writeBy === "now")).toHaveLength(20);
    expect(asked.at(0)).toBe("soon");
    expect(asked.at(-1)).toBe("now");
    expect(windows.consume(wide, 100).allowed).toBe(false);
    expect(windows.writeBy()).toBeUndefined();
    windows.consume([{ name: "hourly", limit: 100, windowMs: 60 * MINUTE }], 100);
    expect(windows.writeBy()).toBe("answer");
    windows.durableState();
    windows.consume([{ name: "burst", limit: 1, windowMs: 1_000 }], 101);
    expect(windows.writeBy()).toBeUndefined();
  });

  it("ignores a stored state that it cannot parse", () => {
    for (const state of [undefined, null, 5, "x", [{ name: "calls" }], { calls: [] }]) {
      expect(SlidingWindows.restore(state).consume(limits, 0).allowed).toBe(true);
    }
  });
});

describe("a calendar window", () => {
  const DAY = 86_400_000;
  const daily = { name: "images", limit: 2, windowMs: DAY, calendar: true } as const;
  const noon = 20_000 * DAY + DAY / 2;

  it("begins with the UTC day and is empty after its end", () => {
    const windows = new SlidingWindows();
    windows.consume([daily], noon);
    windows.consume([daily], noon + 1);
    const refused = windows.consume([daily], noon + 2);
    expect(refused).toMatchObject({ allowed: false, resetAt: 20_001 * DAY });
    expect(windows.consume([daily], 20_001 * DAY - 1)).toMatchObject({ allowed: false });
    expect(windows.consume([daily], 20_001 * DAY)).toMatchObject({ allowed: true, remaining: 1 });
  });

  it("survives an eviction", () => {
    const windows = new SlidingWindows();
    windows.consume([daily], noon);
    expect(windows.durableUntil(noon)).toBe(20_001 * DAY);
    const restored = SlidingWindows.restore(structuredClone(windows.durableState()));
    expect(restored.consume([daily], noon)).toMatchObject({ allowed: true, remaining: 0 });
    expect(restored.consume([daily], noon)).toMatchObject({ allowed: false, resetAt: 20_001 * DAY });
  });

  it("refunds what a refused request consumed, also after an eviction", async () => {
    const object = limiter("test:give-back");
    const limits = [
      { ...daily, limit: 1 },
      { name: "calls", limit: 10, windowMs: 3_600_000 },
    ];
    await object.take(limits);
    await object.giveBack(["images"]);
    await evictDurableObject(object);
    expect(await object.take(limits)).toMatchObject({ allowed: true });
    expect(await object.take(limits)).toMatchObject({ allowed: false, name: "images" });
  });
});
