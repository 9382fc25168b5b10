import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { jsonBody, request, requestJson } from "../support/http.ts";
import { API_KEY, keyed, randomCode, randomCodes, storedCode, sync } from "../support/musicqr.ts";

describe("syncing codes", () => {
  it("stores new codes and lists them", async () => {
    const codes = randomCodes(2);
    const { status, body } = await sync(codes);
    expect(status).toBe(200);
    expect(body).toEqual({
      success: true,
      message: "授权码同步成功",
      synced_count: 2,
      skipped_count: 0,
      details: { new_codes: codes, existing_codes: [], invalid_codes: [] },
      timestamp: expect.stringMatching(/Z$/),
    });
  });

  it("changes nothing when it is repeated", async () => {
    const codes = randomCodes(3);
    await sync(codes.map((code) => ({ code, created_date: "2024-08-08T12:00:00Z" })));
    const { body } = await sync(codes.map((code) => ({ code, created_date: "2025-01-01T00:00:00Z" })));
    expect(body).toMatchObject({
      synced_count: 0,
      skipped_count: 3,
      details: { new_codes: [], existing_codes: codes },
    });
    expect((await storedCode(codes[0] ?? ""))?.created_at).toBe(Date.parse("2024-08-08T12:00:00Z"));
  });

  it("stores repeated codes once and reports malformed ones", async () => {
    const code = randomCode();
    const { body } = await sync([code, ` ${code.toLowerCase()} `, "nope", "ABCD-1234567"]);
    expect(body).toMatchObject({
      synced_count: 1,
      skipped_count: 3,
      details: { new_codes: [code], existing_codes: [code], invalid_codes: ["nope", "ABCD-1234567"] },
    });
  });

  it.each([
    ["2024-08-08T12:00:00", "2024-08-08T12:00:00Z"],
    ["2024-08-08 12:00:00", "2024-08-08T12:00:00Z"],
    ["2024-08-08T12:00:00.123456", "2024-08-08T12:00:00.123Z"],
    ["2024-08-08", "2024-08-08T00:00:00Z"],
    ["2024-08-08T12:00:00+08:00", "2024-08-08T04:00:00Z"],
  ])("reads the date %s as %s", async (given, meant) => {
    const code = randomCode();
    await sync([{ code, created_date: given }]);
    expect((await storedCode(code))?.created_at).toBe(Date.parse(meant));
  });

  it("stores 5,000 codes in one call in under 2 seconds", async () => {
    const codes = randomCodes(5_000);
    const startedAt = performance.now();
    const { status, body } = await sync(codes);
    expect(status).toBe(200);
    expect(body.synced_count).toBe(5_000);
    // The limit comes from the issue and is about ten times the real duration, because this is not a benchmark.
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  it("refuses 5,001 codes", async () => {
    const { status, body } = await sync(randomCodes(5_001));
    expect(status).toBe(400);
    expect(body).toMatchObject({ success: false, error_code: "INVALID_REQUEST" });
  });

  it("stores each code once under concurrent requests", async () => {
    const codes = randomCodes(200);
    const answers = await Promise.all(Array.from({ length: 8 }, () => sync(codes)));
    const added = answers.flatMap(({ body }) => body.details.new_codes);
    expect(added).toHaveLength(200);
    expect(new Set(added)).toEqual(new Set(codes));
  });

  it("stores each chunk entirely or not at all, and lists what is missing after a storage failure", async () => {
    const codes = randomCodes(2_500);
    const poison = codes[1_500] ?? "";
    await env.DB.prepare(
      `CREATE TRIGGER poison BEFORE INSERT ON codes WHEN new.code = '${poison}' BEGIN SELECT RAISE(ABORT, 'disk full'); END`,
    ).run();
    const { status, body } = await sync(codes);
    await env.DB.prepare("DROP TRIGGER poison").run();
    expect(status).toBe(500);
    expect(body).toMatchObject({ success: false, error_code: "DATABASE_ERROR", synced_count: 1_500 });
    expect(body.details.failed_codes).toEqual(codes.slice(1_000, 2_000));
    expect(body.details.new_codes).toEqual([...codes.slice(0, 1_000), ...codes.slice(2_000)]);
    expect(JSON.stringify(body)).not.toContain("disk full");
    expect(await storedCode(codes[1_000] ?? "")).toBeNull();
    const again = await sync(codes);
    expect(again.body).toMatchObject({ success: true, synced_count: 1_000, skipped_count: 1_500 });
  });
});

describe("the API key", () => {
  const body = { codes: [{ code: randomCode() }] };

  it.each([
    ["no key", {}],
    ["a wrong key", { "x-api-key": "0".repeat(64) }],
    ["an empty key", { "x-api-key": "" }],
  ])("is required: %s is 401", async (_, headers) => {
    for (const path of ["/api/sync-codes", "/api/codes/batch"]) {
      const answer = await requestJson(path, jsonBody(body, headers));
      expect(answer.status).toBe(401);
      expect(answer.body).toEqual({
        success: false,
        message: "API密钥无效",
        error_code: "INVALID_API_KEY",
        timestamp: expect.any(String),
      });
    }
  });

  it.each([
    ["a stringified promise", "[object Promise]", "await"],
    ["one digit too many", `${API_KEY}0`, "64 hex digits"],
    ["the secret itself", env.MUSICQR_SECRET_KEY ?? "", "64 hex digits"],
    ["letters that are not hexadecimal", "g".repeat(64), "64 hex digits"],
    ["undefined", "undefined", "64 hex digits"],
  ])("is refused with the specific mistake: %s", async (_, key, words) => {
    for (const path of ["/api/sync-codes", "/api/codes/batch"]) {
      const answer = await requestJson<{ message: string }>(path, jsonBody(body, { "x-api-key": key }));
      expect(answer).toMatchObject({ status: 401, body: { success: false, error_code: "INVALID_API_KEY" } });
      expect(answer.body.message).toMatch(/^API密钥无效：X-API-Key /);
      expect(answer.body.message).toContain(words);
      if (key === env.MUSICQR_SECRET_KEY) expect(answer.body.message).not.toContain(key);
    }
  });

  it("is checked before the body is read", async () => {
    const { status } = await requestJson("/api/sync-codes", {
      method: "POST",
      body: "{",
      headers: { "content-type": "application/json" },
    });
    expect(status).toBe(401);
  });

  it("sends its rate limit with every answer", async () => {
    const response = await request("/api/codes/batch", jsonBody({ codes: [randomCode()] }, keyed));
    expect(response.headers.get("x-ratelimit-limit")).toBe("600");
    expect(Number(response.headers.get("x-ratelimit-remaining"))).toBe(599);
    expect(Number(response.headers.get("x-ratelimit-reset"))).toBeGreaterThan(Date.now() / 1_000);
  });
});
