import { describe, expect, it } from "vitest";
import { jsonBody, requestJson } from "../support/http.ts";
import {
  keyed,
  newSyncedCode,
  randomCode,
  randomCodes,
  storedCode,
  sync,
  verify,
} from "../support/musicqr.ts";

const batch = (codes: unknown) =>
  requestJson<{ success: boolean; results: Record<string, unknown>[] }>(
    "/api/codes/batch",
    jsonBody({ codes }, keyed),
  );

describe("looking up many codes", () => {
  it("returns the status of each code, in the given order", async () => {
    const [activated, fresh, unknown] = [await newSyncedCode(), await newSyncedCode(), randomCode()];
    const { body: scan } = await verify(activated);
    const { status, body } = await batch([unknown, activated, fresh, "nope"]);
    expect(status).toBe(200);
    expect(body.success).toBe(true);
    const notGenuine = { valid: false, activated: false, activation_date: null, query_count: 0 };
    expect(body.results).toEqual([
      { code: unknown, ...notGenuine },
      {
        code: activated,
        valid: true,
        activated: true,
        activation_date: scan.activation_date,
        query_count: expect.any(Number),
      },
      { code: fresh, valid: true, activated: false, activation_date: null, query_count: 0 },
      { code: "nope", ...notGenuine },
    ]);
  });

  it("activates no code", async () => {
    const code = await newSyncedCode();
    await batch([code]);
    expect(await storedCode(code)).toMatchObject({ activated_at: null, query_count: 0 });
  });

  it("answers for thousands of codes in one D1 call", async () => {
    const codes = randomCodes(3_000);
    await sync(codes);
    const answer = await batch(codes);
    expect(answer.body.results.every(({ valid }) => valid)).toBe(true);
    expect(answer.body.results).toHaveLength(3_000);
    expect(answer.headers.get("server-timing")).toContain('d1;desc="1"');
  });
});
