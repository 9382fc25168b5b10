import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { eventually, request, requestJson } from "../support/http.ts";
import { newSyncedCode, randomCode, randomCodes, signedIn, sync, verify } from "../support/musicqr.ts";

interface Status {
  status: string;
  version: string;
  timestamp: string;
  stats: { total_codes: number; activated_codes: number; activation_rate: number; today_queries: number };
}

it("counts codes, activations and today's scans", async () => {
  const { body: before } = await requestJson<Status>("/api/status");
  await sync(randomCodes(7));
  const code = await newSyncedCode();
  await verify(code);
  await verify(code);
  await verify(randomCode());
  const { stats } = await eventually(async () => {
    const { body } = await requestJson<Status>("/api/status");
    return body.stats.today_queries === before.stats.today_queries + 3 && body;
  });
  expect(stats.total_codes).toBe(before.stats.total_codes + 8);
  expect(stats.activated_codes).toBe(before.stats.activated_codes + 1);
  expect(stats.activation_rate).toBe(Math.round((stats.activated_codes / stats.total_codes) * 1_000) / 10);
});

it("has the documented shape", async () => {
  const { status, body } = await requestJson<Status>("/api/status");
  expect(status).toBe(200);
  expect(body).toEqual({
    status: "running",
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    version: "2.0.0",
    stats: {
      total_codes: expect.any(Number),
      activated_codes: expect.any(Number),
      activation_rate: expect.any(Number),
      today_queries: expect.any(Number),
    },
  });
});

it("reads fewer than ten rows for any number of codes", async () => {
  await sync(randomCodes(5_000));
  const totals = await env.DB.prepare("SELECT * FROM code_totals").all();
  const today = await env.DB.prepare("SELECT scans FROM scan_days WHERE day = '2024-01-01'").all();
  expect(totals.meta.rows_read + today.meta.rows_read).toBeLessThan(10);
  expect((await request("/api/status")).headers.get("server-timing")).toContain('d1;desc="1"');
});

it("keeps the totals correct through every change of a code", async () => {
  const headers = await signedIn();
  const code = await newSyncedCode();
  await verify(code);
  for (const [method, path] of [
    ["POST", "/revoke"],
    ["POST", "/restore"],
    ["POST", "/revoke"],
    ["DELETE", ""],
  ] as const) {
    await request(`/admin/api/codes/${code}${path}`, { method, headers });
    const kept = await env.DB.prepare("SELECT status, count FROM code_totals ORDER BY status").all();
    const counted = await env.DB.prepare(
      "SELECT s.value AS status, count(codes.id) AS count FROM json_each('[0,1,2]') AS s LEFT JOIN codes ON codes.status = s.value GROUP BY s.value ORDER BY s.value",
    ).all();
    expect(kept.results).toEqual(counted.results);
  }
});
