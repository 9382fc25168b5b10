import { inflateSync } from "node:zlib";
import { PDFDocument } from "@cantoo/pdf-lib";
import { describe, expect, it } from "vitest";
import { qrModules, verifyUrl } from "../../src/products/musicqr/print/qr-code.ts";
import { ORIGIN, request, requestJson } from "../support/http.ts";
import { newSyncedCode, randomCode, randomCodes, signedIn, sync } from "../support/musicqr.ts";

const headers = await signedIn();

describe("a QR code", () => {
  it("is an SVG that encodes the URL of the code's page", async () => {
    const code = await newSyncedCode();
    const response = await request(`/admin/api/codes/${code}/qr`, { headers });
    expect(response.headers.get("content-type")).toContain("image/svg+xml");
    expect(await response.text()).toMatch(/^<svg /);
  });

  it("is a PNG that encodes the same URL", async () => {
    const code = await newSyncedCode();
    const response = await request(`/admin/api/codes/${code}/qr?format=png&download=1`, { headers });
    expect(response.headers.get("content-type")).toBe("image/png");
    expect(response.headers.get("content-disposition")).toBe(`attachment; filename="${code}.png"`);
    const png = Buffer.from(await response.arrayBuffer());
    expect(png.subarray(1, 4).toString()).toBe("PNG");
    const size = png.readUInt32BE(16);
    const modules = qrModules(verifyUrl(ORIGIN, code));
    expect(size).toBe(modules.length * 12);
    const data = png.subarray(png.indexOf("IDAT") + 4, png.indexOf("IEND") - 8);
    const pixels = inflateSync(data);
    const bytesARow = Math.ceil(size / 8) + 1;
    const dark = (x: number, y: number) =>
      ((pixels[y * bytesARow + 1 + (x >> 3)] ?? 0) & (0x80 >> (x & 7))) === 0;
    const seen = modules.map((row, y) => row.map((_, x) => dark(x * 12 + 6, y * 12 + 6)));
    expect(seen).toEqual(modules);
  });

  it("refuses other formats", async () => {
    const code = await newSyncedCode();
    expect((await request(`/admin/api/codes/${code}/qr?format=gif`, { headers })).status).toBe(400);
  });
});

describe("a sheet of codes", () => {
  it("is an A4 PDF with 24 codes per page", async () => {
    const codes = randomCodes(25);
    await sync(codes);
    const response = await request(`/admin/api/codes/sheet?codes=${codes.join(",")}`, { headers });
    expect(response.headers.get("content-type")).toBe("application/pdf");
    const pdf = await PDFDocument.load(await response.arrayBuffer());
    expect(pdf.getPageCount()).toBe(2);
    const { width, height } = pdf.getPage(0).getSize();
    expect([Math.round(width), Math.round(height)]).toEqual([595, 842]);
  });

  it("accepts a form with more codes than fit into a URL", async () => {
    const codes = randomCodes(480);
    await sync(codes);
    const body = new URLSearchParams(codes.map((code) => ["codes", code]));
    const response = await request("/admin/api/codes/sheet", { method: "POST", body, headers });
    expect(response.status).toBe(200);
    expect((await PDFDocument.load(await response.arrayBuffer())).getPageCount()).toBe(20);
  });

  it.each([
    ["nothing", "", 400],
    ["a malformed code", "nope", 400],
    ["a code that does not exist", randomCode(), 404],
    ["too many", randomCodes(481).join(","), 400],
  ])("of %s is refused", async (_, codes, status) => {
    const answer = await requestJson(`/admin/api/codes/sheet?codes=${codes}`, { headers });
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ success: false });
  });
});
