import { describe, expect, it } from "vitest";
import { eventually, jsonBody, newAddress, request, requestJson } from "../support/http.ts";
import {
  newSyncedCode,
  randomCode,
  randomCodes,
  type SyncAnswer,
  signedIn,
  storedCode,
  sync,
  verify,
} from "../support/musicqr.ts";

const headers = await signedIn();
const add = (body: unknown) => requestJson<SyncAnswer>("/admin/api/codes", jsonBody(body, headers));

describe("adding codes", () => {
  it("adds one code", async () => {
    const code = randomCode();
    const { status, body } = await add({ code });
    expect(status).toBe(201);
    expect(body).toMatchObject({ success: true, synced_count: 1, details: { new_codes: [code] } });
  });

  it("reports that a code already exists or is malformed", async () => {
    const code = await newSyncedCode();
    expect(await add({ code })).toMatchObject({ status: 409, body: { error_code: "DUPLICATE_CODE" } });
    expect(await add({ code: "nope" })).toMatchObject({
      status: 400,
      body: { error_code: "INVALID_CODE_FORMAT" },
    });
  });

  it("adds many codes and reports the others", async () => {
    const [known, fresh] = [await newSyncedCode(), randomCode()];
    expect((await add({ codes: [known, fresh, "nope"] })).body).toMatchObject({
      synced_count: 1,
      skipped_count: 2,
    });
  });

  it("generates new codes from the readable alphabet", async () => {
    const { body } = await add({ generate: 500 });
    expect(new Set(body.details.new_codes).size).toBe(500);
    for (const code of body.details.new_codes) expect(code).toMatch(/^[A-HJ-NP-Z2-9]{12}$/);
  });

  it.each([
    {},
    { generate: 0 },
    { generate: 5_001 },
    { generate: 1.5 },
    { code: 5 },
    { codes: [] },
    { codes: "X" },
    { code: "ABCD12345678", generate: 3 },
    null,
  ])("refuses %j with 400", async (body) => expect((await add(body)).status).toBe(400));
});

describe("one code", () => {
  it("shows all details of a code", async () => {
    const code = await newSyncedCode();
    const address = newAddress();
    await verify(code, { headers: { "cf-connecting-ip": address, "user-agent": "Phone/1" } });
    const { status, body } = await requestJson<{ data: Record<string, unknown> }>(
      `/admin/api/codes/${code}`,
      {
        headers,
      },
    );
    expect(status).toBe(200);
    expect(body.data).toMatchObject({
      code,
      status: "activated",
      activated: true,
      activation_ip: address,
      activation_user_agent: "Phone/1",
      revoked_date: null,
    });
  });

  it("lists its scans, newest first, in pages", async () => {
    const code = await newSyncedCode();
    for (let i = 0; i < 5; i++) {
      await verify(code, { headers: { "cf-connecting-ip": newAddress(), "user-agent": `Phone/${i}` } });
    }
    await eventually(async () => (await storedCode(code))?.query_count === 5);
    type Page = { data: { scans: { time: string; user_agent: string }[]; next: string | null } };
    const seen: string[] = [];
    let cursor = "";
    do {
      const { body } = await requestJson<Page>(`/admin/api/codes/${code}/scans?limit=2${cursor}`, {
        headers,
      });
      expect(body.data.scans.length).toBeLessThanOrEqual(2);
      seen.push(...body.data.scans.map(({ user_agent }) => user_agent));
      cursor = body.data.next ? `&cursor=${encodeURIComponent(body.data.next)}` : "";
    } while (cursor);
    expect(seen.toSorted()).toEqual(["Phone/0", "Phone/1", "Phone/2", "Phone/3", "Phone/4"]);
  });

  it("refuses an invalid cursor", async () => {
    const code = await newSyncedCode();
    const { status } = await requestJson(`/admin/api/codes/${code}/scans?cursor=1%20OR%201`, { headers });
    expect(status).toBe(400);
  });

  it("is deleted together with its history", async () => {
    const code = await newSyncedCode();
    await verify(code);
    const { body } = await requestJson<{ data: { code: string } }>(`/admin/api/codes/${code}`, {
      method: "DELETE",
      headers,
    });
    expect(body.data.code).toBe(code);
    expect((await requestJson(`/admin/api/codes/${code}`, { headers })).body).toMatchObject({
      error_code: "CODE_NOT_FOUND",
    });
    expect((await verify(code)).body.valid).toBe(false);
  });

  it.each([
    ["GET", ""],
    ["GET", "/scans"],
    ["GET", "/qr"],
    ["POST", "/revoke"],
    ["POST", "/restore"],
    ["DELETE", ""],
  ])("%s …%s of an unknown code is 404, of a malformed one 400", async (method, path) => {
    const unknown = await requestJson(`/admin/api/codes/${randomCode()}${path}`, { method, headers });
    expect(unknown).toMatchObject({ status: 404, body: { error_code: "CODE_NOT_FOUND" } });
    const malformed = await requestJson(`/admin/api/codes/nope${path}`, { method, headers });
    expect(malformed).toMatchObject({ status: 400, body: { error_code: "INVALID_CODE_FORMAT" } });
  });

  it("is revoked once when it is repeated", async () => {
    const code = await newSyncedCode();
    const revoke = () =>
      requestJson<{ data: { revoked_date: string; status: string } }>(`/admin/api/codes/${code}/revoke`, {
        method: "POST",
        headers,
      });
    const first = await revoke();
    expect(first.body.data.status).toBe("revoked");
    expect((await revoke()).body.data.revoked_date).toBe(first.body.data.revoked_date);
  });
});

describe("CSV", () => {
  const post = (text: string) =>
    requestJson<SyncAnswer>("/admin/api/codes/import", {
      method: "POST",
      body: text,
      headers: { ...headers, "content-type": "text/csv" },
    });

  it("is imported with a header row, with any names of the other columns", async () => {
    const [a, b] = randomCodes(2);
    const { status, body } = await post(
      `\uFEFFbook,Code,created_date\r\n"Etudes, op. 1",${a},2024-08-08\r\nBook 2,${b},\r\nBook 3,nope,\r\n`,
    );
    expect(status).toBe(201);
    expect(body).toMatchObject({ synced_count: 2, details: { new_codes: [a, b], invalid_codes: ["nope"] } });
    expect((await storedCode(a ?? ""))?.created_at).toBe(Date.parse("2024-08-08T00:00:00Z"));
  });

  it("is imported without a header", async () => {
    const codes = randomCodes(3);
    expect((await post(codes.join("\n"))).body.details.new_codes).toEqual(codes);
  });

  it.each(["", "\n\n", "code,created_date\n"])("without codes is 400", async (text) => {
    expect((await post(text)).status).toBe(400);
  });

  it("is exported with a byte order mark and a row per code, and can be imported again", async () => {
    const codes = randomCodes(30);
    await sync(codes);
    const response = await request("/admin/api/codes/export?status=unactivated", { headers });
    expect(response.headers.get("content-type")).toBe("text/csv; charset=utf-8");
    expect(response.headers.get("content-disposition")).toMatch(
      /^attachment; filename="codes-unactivated-\d{4}-\d\d-\d\d\.csv"$/,
    );
    const bytes = new Uint8Array(await response.arrayBuffer());
    expect([...bytes.slice(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
    const text = new TextDecoder().decode(bytes);
    const lines = text.trim().split("\r\n");
    expect(lines[0]).toBe(
      "code,status,created_date,activation_date,activation_ip,query_count,last_query_date",
    );
    for (const code of codes) expect(text).toContain(`${code},unactivated,`);
    expect((await post(text)).body).toMatchObject({ synced_count: 0 });
  });
});

describe("statistics", () => {
  it("have a row per day, newest first, including days without scans", async () => {
    const { body } = await requestJson<{
      data: { days: { date: string; scans: number }[]; total_codes: number };
    }>("/admin/api/stats?days=7", { headers });
    expect(body.data.days).toHaveLength(7);
    expect(body.data.days[0]?.date).toBe(new Date().toISOString().slice(0, 10));
    expect(body.data.days[6]).toEqual({ date: expect.any(String), scans: 0, invalid: 0, activations: 0 });
  });
});
