import { describe, expect, it } from "vitest";
import { readSpreadsheetDate } from "../../src/products/musicqr/import/spreadsheet-date.ts";
import { request, requestJson } from "../support/http.ts";
import { randomCodes, type SyncAnswer, signedIn, storedCode } from "../support/musicqr.ts";

const headers = await signedIn();

const send = (body: string | Uint8Array<ArrayBuffer>) =>
  requestJson<SyncAnswer & { errors?: { path: string; message: string }[] }>("/admin/api/codes/import", {
    method: "POST",
    body,
    headers: { ...headers, "content-type": "text/csv" },
  });

const at = (iso: string): number => Date.parse(iso);
const createdAt = async (code = ""): Promise<number | undefined> =>
  (await storedCode(code))?.created_at as number | undefined;

/** Encodes a text as UTF-16 with a byte order mark. */
const utf16 = (text: string, isLittle: boolean): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array(2 + text.length * 2);
  const view = new DataView(bytes.buffer);
  [...`\uFEFF${text}`].forEach((letter, i) => {
    view.setUint16(2 * i, letter.charCodeAt(0), isLittle);
  });
  return bytes;
};

/** The GBK bytes of the Chinese characters that the tests use. */
const GBK: Record<string, number[]> = {
  授: [0xca, 0xda],
  权: [0xc8, 0xa8],
  码: [0xc2, 0xeb],
  创: [0xb4, 0xb4],
  建: [0xbd, 0xa8],
  时: [0xca, 0xb1],
  间: [0xbc, 0xe4],
  年: [0xc4, 0xea],
  月: [0xd4, 0xc2],
  日: [0xc8, 0xd5],
};
const gbk = (text: string) =>
  new Uint8Array([...text].flatMap((letter) => GBK[letter] ?? [letter.charCodeAt(0)]));

describe("a date in a spreadsheet's format", () => {
  it.each([
    ["2026-01-05", "2026-01-05T00:00:00Z"],
    ["2026-1-5", "2026-01-05T00:00:00Z"],
    ["2026/1/5", "2026-01-05T00:00:00Z"],
    ["2026.01.05", "2026-01-05T00:00:00Z"],
    ["20260105", "2026-01-05T00:00:00Z"],
    ["2026/01/05 8:00", "2026-01-05T08:00:00Z"],
    ["2026-01-05 12:00", "2026-01-05T12:00:00Z"],
    ["2026/1/5 12:00:30", "2026-01-05T12:00:30Z"],
    ["2026/1/5 8:30 PM", "2026-01-05T20:30:00Z"],
    ["2026/1/5 12:05 AM", "2026-01-05T00:05:00Z"],
    ["2026/1/5 下午8:30", "2026-01-05T20:30:00Z"],
    ["2026年1月5日", "2026-01-05T00:00:00Z"],
    ["2026年1月5日 12:00", "2026-01-05T12:00:00Z"],
    ["2026年1月5日12时30分", "2026-01-05T12:30:00Z"],
    ["2026-01-05T12:00:00+08:00", "2026-01-05T04:00:00Z"],
    ["2026/1/5 12:00 +0800", "2026-01-05T04:00:00Z"],
    ["13/5/2026", "2026-05-13T00:00:00Z"],
    ["5/13/2026", "2026-05-13T00:00:00Z"],
    ["5/5/2026 9:00", "2026-05-05T09:00:00Z"],
    ["31.12.2025", "2025-12-31T00:00:00Z"],
    ["5-Jan-2026", "2026-01-05T00:00:00Z"],
    ["January 5, 2026", "2026-01-05T00:00:00Z"],
    ["46027", "2026-01-05T00:00:00Z"],
    ["46027.5", "2026-01-05T12:00:00Z"],
    ["46027.354166666664", "2026-01-05T08:30:00Z"],
    ["２０２６／１／５", "2026-01-05T00:00:00Z"],
  ])("is read: %s", (text, iso) => {
    expect(readSpreadsheetDate(text)).toEqual({ ms: at(iso) });
  });

  it.each(["1/5/2026", "01-05-2026", "5.1.2026 12:00", "12/11/2026"])("is ambiguous: %s", (text) => {
    expect(readSpreadsheetDate(text)).toEqual({ problem: "ambiguous" });
  });

  it.each([
    "not a date",
    "2026",
    "2026-02-30",
    "2026/13/1",
    "30/2/2026",
    "1/5/26",
    "2026/1/5 25:00",
    "2026/1/5 12:60",
    "2026/1/5 13:00 PM",
    "2026/1/5 noon",
    "2026-1/5",
    "2026年1月",
    "12345",
    "99999",
    "1767571200",
    "######",
    "-1",
    "5-Foo-2026",
    "2026-01-05T12:00:00+08:00 and more",
    "1899-12-30",
  ])("is refused: %s", (text) => {
    expect(readSpreadsheetDate(text)).toEqual({ problem: "unreadable" });
  });
});

describe("a file of codes", () => {
  it("reports the row and the field of each invalid cell, and stores nothing", async () => {
    const [a, b, c, d] = randomCodes(4);
    const { status, body } = await send(
      `code,created_date\n${a},2026/1/5\n\n${b},not a date\n${c},1/5/2026\n${d},\n`,
    );
    expect(status).toBe(400);
    expect(body).toMatchObject({ success: false, error_code: "INVALID_REQUEST" });
    expect(body.errors).toEqual([
      {
        path: "rows.4.created_date",
        message: expect.stringMatching(/^row 4, created_date: "not a date" .*YYYY-MM-DD/),
      },
      {
        path: "rows.5.created_date",
        message: expect.stringMatching(/^row 5, created_date: "1\/5\/2026" may be/),
      },
    ]);
    for (const code of [a, b, c, d]) expect(await storedCode(code ?? "")).toBeNull();
  });

  it("reports twenty cells and the number of further rows", async () => {
    const { body } = await send(
      randomCodes(30)
        .map((code) => `${code},soon`)
        .join("\n"),
    );
    expect(body.errors).toHaveLength(21);
    expect(body.errors?.[0]?.path).toBe("rows.1.created_date");
    expect(body.errors?.at(-1)?.message).toBe("and 10 more rows");
  });

  it("uses the time of import for a row without a date, and reports a row without a code", async () => {
    const [a, b] = randomCodes(2);
    const before = Date.now();
    const { status, body } = await send(`code,created_date\n${a},\n${b}\nSum,two codes\n`);
    expect(status).toBe(201);
    expect(body.details).toMatchObject({ new_codes: [a, b], invalid_codes: ["Sum"] });
    for (const code of [a, b]) expect(await createdAt(code)).toBeGreaterThanOrEqual(before);
  });

  const csv = (code: string, separator: string): string =>
    `授权码${separator}创建时间\r\n${code}${separator}2026年1月5日\r\n`;

  it.each([
    ["UTF-8", (text: string) => Uint8Array.from(new TextEncoder().encode(text))],
    [
      "UTF-8 with a byte order mark",
      (text: string) => Uint8Array.from(new TextEncoder().encode(`\uFEFF${text}`)),
    ],
    ["UTF-16, little-endian", (text: string) => utf16(text, true)],
    ["UTF-16, big-endian", (text: string) => utf16(text, false)],
    ["GBK", gbk],
  ])("is read in %s, separated by comma, semicolon or tab", async (_, encoded) => {
    for (const separator of [",", ";", "\t"]) {
      const [code = ""] = randomCodes(1);
      const { status, body } = await send(encoded(csv(code, separator)));
      expect({ status, codes: body.details?.new_codes }).toEqual({ status: 201, codes: [code] });
      expect(await createdAt(code)).toBe(at("2026-01-05T00:00:00Z"));
    }
  });

  it("accepts Excel's sep= line, and does not count it as a data row", async () => {
    const [a, b] = randomCodes(2);
    expect((await send(`sep=;\r\ncode;created_date\r\n${a};2026/1/5\r\n`)).status).toBe(201);
    expect(await createdAt(a)).toBe(at("2026-01-05T00:00:00Z"));
    const { body } = await send(`sep=;\r\ncode;created_date\r\n${b};soon\r\n`);
    expect(body.errors?.[0]?.path).toBe("rows.2.created_date");
  });

  it("is refused when it is not text", async () => {
    const { status, body } = await send(new Uint8Array([0x50, 0x4b, 3, 4, 0xff, 0xff, 0x80, 0xff, 0xfe]));
    expect(status).toBe(400);
    expect(body.errors?.[0]?.message).toContain("UTF-8, UTF-16 or GB18030");
  });

  it("shows the same errors on the page, in its language", async () => {
    const [code] = randomCodes(1);
    const form = new FormData();
    form.set("file", new File([`code,created_date\n${code},1/5/2026\n`], "codes.csv", { type: "text/csv" }));
    for (const [language, words] of [
      ["zh-CN", "第 2 行 created_date：“1/5/2026”可能是月/日"],
      ["en", "Row 2, created_date: “1/5/2026” may be month/day"],
    ] as const) {
      const page = await request("/admin/codes/import", {
        method: "POST",
        body: form,
        headers: { ...headers, "accept-language": language },
      });
      expect(page.status).toBe(400);
      expect(await page.text()).toContain(words);
    }
    expect(await storedCode(code ?? "")).toBeNull();
  });
});
