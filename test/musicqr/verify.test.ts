import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { eventually, newAddress, request } from "../support/http.ts";
import { newSyncedCode, randomCode, signedIn, storedCode, sync, verify } from "../support/musicqr.ts";

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const counted = (code: string, times: number) =>
  eventually(async () => (await storedCode(code))?.query_count === times);

describe("verifying a code", () => {
  it("activates it at the first scan and reports that once", async () => {
    const code = await newSyncedCode();
    const first = await verify(code);
    expect(first.status).toBe(200);
    expect(first.body).toEqual({
      valid: true,
      activated: true,
      code,
      message: expect.stringContaining("验证通过"),
      activation_date: expect.stringMatching(ISO),
      query_count: 1,
      first_activation: true,
      timestamp: expect.stringMatching(ISO),
    });
    const second = await verify(code);
    expect(second.body).toEqual({
      valid: true,
      activated: true,
      code,
      message: first.body.message,
      activation_date: first.body.activation_date,
      query_count: 2,
      timestamp: expect.stringMatching(ISO),
    });
  });

  it("stores the IP address and user agent of the activating scan", async () => {
    const code = await newSyncedCode();
    await verify(code, { headers: { "cf-connecting-ip": "203.0.113.9", "user-agent": "Phone/1" } });
    await verify(code, { headers: { "cf-connecting-ip": "203.0.113.10", "user-agent": "Phone/2" } });
    expect(await storedCode(code)).toMatchObject({
      activation_ip: "203.0.113.9",
      activation_user_agent: "Phone/1",
    });
  });

  it("answers an unknown code with the documented body and 200", async () => {
    const code = randomCode();
    const { status, body } = await verify(code);
    expect(status).toBe(200);
    expect(body).toEqual({
      valid: false,
      activated: false,
      code,
      message: "授权码不存在或无效",
      timestamp: expect.stringMatching(ISO),
    });
  });

  it("trims and upper-cases the input", async () => {
    const code = await newSyncedCode();
    const { body } = await verify(`%20${code.toLowerCase()}%20`);
    expect(body).toMatchObject({ valid: true, code });
  });

  it.each([
    "SHORT",
    "ABCD123456789",
    "ABCD1234567%00",
    "ABCD1234567%E0%A4%A",
    "ABCD-1234567",
    "%F0%9F%8E%B5",
    "%",
    "..%2F..%2Fetc",
  ])("refuses %s as malformed without a storage access", async (input) => {
    const { status, body, headers } = await verify(input);
    expect(status).toBe(400);
    expect(body).toEqual({
      success: false,
      message: expect.any(String),
      error_code: "INVALID_CODE_FORMAT",
      timestamp: expect.stringMatching(ISO),
    });
    expect(headers.get("server-timing")).toContain('d1;desc="0"');
  });

  it("finds a code genuine after its sync, also when it was unknown just before", async () => {
    const code = randomCode();
    expect((await verify(code)).body.valid).toBe(false);
    await sync([code]);
    expect((await verify(code)).body).toMatchObject({ valid: true, first_activation: true });
  });
});

describe("the cost of a scan", () => {
  it("is one D1 read for an activated code, and none when it was scanned before", async () => {
    const code = await newSyncedCode();
    await env.DB.prepare("UPDATE codes SET activated_at = 1 WHERE code = ?").bind(code).run();
    expect((await verify(code)).headers.get("server-timing")).toContain('d1;desc="1"');
    expect((await verify(code)).headers.get("server-timing")).toContain('d1;desc="0"');
  });

  it("is one read and one conditional write for a first activation", async () => {
    const code = await newSyncedCode();
    expect((await verify(code)).headers.get("server-timing")).toContain('d1;desc="2"');
  });

  it("is one read for an unknown code, and none when it is repeated", async () => {
    const code = randomCode();
    expect((await verify(code)).headers.get("server-timing")).toContain('d1;desc="1"');
    expect((await verify(code)).headers.get("server-timing")).toContain('d1;desc="0"');
  });
});

describe("counting", () => {
  it("activates a new code for one of 400 parallel scans, and counts exactly 400", async () => {
    const code = await newSyncedCode();
    const answers = await Promise.all(Array.from({ length: 400 }, () => verify(code)));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(answers.filter(({ body }) => body.first_activation)).toHaveLength(1);
    expect(new Set(answers.map(({ body }) => body.activation_date)).size).toBe(1);
    await counted(code, 400);
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(await storedCode(code)).toMatchObject({ query_count: 400 });
  });

  it("never decreases query_count between scans", async () => {
    const code = await newSyncedCode();
    let last = 0;
    for (let i = 0; i < 40; i++) {
      const count = (await verify(code)).body.query_count ?? 0;
      expect(count).toBeGreaterThan(last);
      last = count;
      // Pending scans are written in between. The stored count must not replace the higher one in memory.
      if (i % 10 === 9) await new Promise((resolve) => setTimeout(resolve, 700));
    }
    expect(last).toBe(40);
  });

  it("stores a history of scans, and merges rapid scans of one device into one row", async () => {
    const code = await newSyncedCode();
    const phone = { headers: { "cf-connecting-ip": newAddress(), "user-agent": "Phone/1" } };
    await verify(code, phone);
    await verify(code, phone);
    await verify(code, { headers: { "cf-connecting-ip": newAddress(), "user-agent": "Phone/2" } });
    await counted(code, 3);
    const { results } = await env.DB.prepare(
      "SELECT times, ip, user_agent FROM scans JOIN codes ON codes.id = code_id WHERE code = ? ORDER BY user_agent",
    )
      .bind(code)
      .all();
    expect(results).toMatchObject([
      { times: 2, ip: phone.headers["cf-connecting-ip"], user_agent: "Phone/1" },
      { times: 1, user_agent: "Phone/2" },
    ]);
  });
});

describe("previews and prefetches", () => {
  const previews: [string, RequestInit][] = [
    [
      "a Slack link preview",
      { headers: { "user-agent": "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)" } },
    ],
    ["a Facebook link preview", { headers: { "user-agent": "facebookexternalhit/1.1" } }],
    [
      "a crawler",
      {
        headers: { "user-agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)" },
      },
    ],
    ["a browser's prefetch", { headers: { "sec-purpose": "prefetch;prerender" } }],
    ["an older browser's prefetch", { headers: { purpose: "prefetch" } }],
    ["Safari's preview", { headers: { "x-purpose": "preview" } }],
    ["Firefox's prefetch", { headers: { "x-moz": "prefetch" } }],
  ];

  it.each(previews)("answers %s without activating", async (_, init) => {
    const code = await newSyncedCode();
    const { body } = await verify(code, init);
    expect(body).toMatchObject({ valid: true, activated: false, code });
    expect(body).not.toHaveProperty("activation_date");
    expect(body).not.toHaveProperty("query_count");
    expect((await verify(code)).body).toMatchObject({ first_activation: true, query_count: 1 });
  });

  it("does not count them", async () => {
    const code = await newSyncedCode();
    await verify(code);
    await Promise.all(previews.map(([, init]) => verify(code, init)));
    await counted(code, 1);
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(await storedCode(code)).toMatchObject({ query_count: 1 });
  });

  it("answers HEAD without activating", async () => {
    const code = await newSyncedCode();
    const response = await request(`/api/verify/${code}`, { method: "HEAD" });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe("");
    expect(await storedCode(code)).toMatchObject({ activated_at: null });
  });

  it.each([
    "curl/8.5.0",
    "python-requests/2.32.3",
    "node",
    "okhttp/4.12.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) MicroMessenger/8.0.50",
    "MyScanner/1.0",
    "",
  ])("treats %s as a client, not as a preview", async (userAgent) => {
    const code = await newSyncedCode();
    const { body } = await verify(code, { headers: { "user-agent": userAgent } });
    expect(body.first_activation).toBe(true);
  });
});

describe("guessing codes", () => {
  it("is rate limited for one IP address, but not for others and for known codes", async () => {
    const guesser = { headers: { "cf-connecting-ip": newAddress() } };
    const answers = await Promise.all(Array.from({ length: 150 }, () => verify(randomCode(), guesser)));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]?.body).toMatchObject({ success: false, error_code: "RATE_LIMIT_EXCEEDED" });
    expect(Number(refused[0]?.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await verify(randomCode())).status).toBe(200);
    const known = await newSyncedCode();
    await verify(known);
    expect((await verify(known, guesser)).body.valid).toBe(true);
  });
});

describe("a revoked code", () => {
  it("is not genuine, and after its restoration has its former activation again", async () => {
    const headers = await signedIn();
    const code = await newSyncedCode();
    const { body: first } = await verify(code);
    await request(`/admin/api/codes/${code}/revoke`, { method: "POST", headers });
    expect((await verify(code)).body).toMatchObject({ valid: false, activated: false });
    await request(`/admin/api/codes/${code}/restore`, { method: "POST", headers });
    const { body } = await verify(code);
    expect(body).toMatchObject({ valid: true, activation_date: first.activation_date });
    expect(body).not.toHaveProperty("first_activation");
  });

  it("cannot be activated by a concurrent scan", async () => {
    const headers = await signedIn();
    const code = await newSyncedCode();
    await Promise.all([
      request(`/admin/api/codes/${code}/revoke`, { method: "POST", headers }),
      ...Array.from({ length: 20 }, () => verify(code)),
    ]);
    const row = await storedCode(code);
    expect(row?.status).toBe(2);
    expect((await verify(code)).body.valid).toBe(false);
  });
});
