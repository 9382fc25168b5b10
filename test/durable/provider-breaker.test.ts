import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { type Circuit, CLOSED, failed, permit, succeeded } from "../../durable/provider-breaker/circuit.ts";
import { providerBreaker } from "../../src/platform/provider-breaker.ts";

const SECOND = 1_000;

/** Returns a circuit after a number of failures, one second apart. */
const failing = (failures: number, from = 0): Circuit => {
  let circuit = CLOSED;
  for (let i = 0; i < failures; i++) circuit = failed(circuit, from + i * SECOND);
  return circuit;
};

describe("the policy of a circuit breaker", () => {
  it("opens after five failures within a minute", () => {
    expect(permit(failing(4), 5 * SECOND).permit.allowed).toBe(true);
    expect(permit(failing(5), 5 * SECOND).permit).toEqual({ allowed: false, retryAfterMs: 29 * SECOND });
  });

  it("does not add up failures that are more than a minute apart", () => {
    let circuit = CLOSED;
    for (let i = 0; i < 20; i++) circuit = failed(circuit, i * 20 * SECOND);
    expect(permit(circuit, 400 * SECOND).permit.allowed).toBe(true);
  });

  it("admits exactly one trial after the cool-down", () => {
    const opened = failing(5);
    const trial = permit(opened, 60 * SECOND);
    expect(trial.permit.allowed).toBe(true);
    expect(permit(trial.circuit, 61 * SECOND).permit.allowed).toBe(false);
  });

  it("admits another trial when the first one never reports its result", () => {
    const trial = permit(failing(5), 60 * SECOND);
    expect(permit(trial.circuit, 121 * SECOND).permit.allowed).toBe(true);
  });

  it("closes after a successful trial", () => {
    expect(permit(succeeded(), 0).permit.allowed).toBe(true);
  });

  it("doubles the wait after each failed trial, up to five minutes", () => {
    let circuit = failing(5);
    let now = 34 * SECOND;
    const waits = [];
    for (let i = 0; i < 5; i++) {
      circuit = permit(circuit, now).circuit;
      circuit = failed(circuit, now);
      const { retryAfterMs } = permit(circuit, now).permit;
      waits.push(retryAfterMs / SECOND);
      now += retryAfterMs;
    }
    expect(waits).toEqual([60, 120, 240, 300, 300]);
  });

  it("ignores the results of calls that were admitted before it opened", () => {
    const opened = failing(5);
    expect(failed(opened, 6 * SECOND)).toBe(opened);
  });
});

describe("the breaker of a provider", () => {
  const newBreaker = (name: string = crypto.randomUUID()) => providerBreaker(env.PROVIDER_BREAKER, name);

  it("is shared by all clients of the provider and opens for all of them", async () => {
    const name = crypto.randomUUID();
    for (let i = 0; i < 5; i++) await newBreaker(name).failure();
    const { allowed, retryAfterMs } = await newBreaker(name).permit();
    expect(allowed).toBe(false);
    expect(retryAfterMs).toBeGreaterThan(25 * SECOND);
    expect((await newBreaker().permit()).allowed).toBe(true);
  });

  it("counts concurrent calls", async () => {
    const breaker = newBreaker();
    await Promise.all(Array.from({ length: 5 }, () => breaker.failure()));
    expect((await breaker.permit()).allowed).toBe(false);
  });

  it("closes again after a successful call", async () => {
    const breaker = newBreaker();
    for (let i = 0; i < 5; i++) await breaker.failure();
    await breaker.success();
    expect((await breaker.permit()).allowed).toBe(true);
  });

  it("admits calls when its object does not answer", async () => {
    const broken = {
      idFromName: () => ({}),
      get: () => ({ fetch: () => Promise.reject(new Error("down")) }),
    };
    const breaker = providerBreaker(broken as never, "sora");
    expect(await breaker.permit()).toEqual({ allowed: true, retryAfterMs: 0 });
    await breaker.failure();
  });
});
