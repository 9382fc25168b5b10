import { describe, expect, it } from "vitest";
import { parseBytes, parseChecksum, parseMetadata } from "../../../src/core/uploads/index.ts";

const base64 = (text: string): string => Buffer.from(text).toString("base64");

describe("the headers of an upload", () => {
  it("have metadata with text in any language, with empty values, and without values", () => {
    const metadata = parseMetadata(`filename ${base64("周会 🎬.webm")}, is_final,empty `);
    expect([...(metadata ?? [])]).toEqual([
      ["filename", "周会 🎬.webm"],
      ["is_final", ""],
      ["empty", ""],
    ]);
    expect(parseMetadata("")?.size).toBe(0);
  });

  it.each([
    ["a value that is not base64", "filename a.webm"],
    ["base64 without its padding", "filename YQ"],
    ["a value that is not UTF-8", "filename /w=="],
    ["a repeated key", "a YQ==,a Yg=="],
    ["a pair of three parts", "a YQ== Yg=="],
    ["no key", " ,"],
    ["a key that is not ASCII", "名 YQ=="],
  ])("are invalid with %s", (_, text) => {
    expect(parseMetadata(text)).toBeUndefined();
  });

  it("have checksums of three algorithms, each of its exact length", () => {
    for (const [algorithm, bytes] of [
      ["sha1", 20],
      ["sha256", 32],
      ["md5", 16],
    ] as const) {
      const digest = Buffer.alloc(bytes, 7).toString("base64");
      expect(parseChecksum(`${algorithm} ${digest}`)).toEqual({ algorithm, digest });
      const longer = Buffer.alloc(bytes + 1, 7).toString("base64");
      for (const text of [
        algorithm,
        `${algorithm} ${longer}`,
        `${algorithm}x ${digest}`,
        `${algorithm} ${digest} x`,
      ])
        expect(parseChecksum(text)).toBeUndefined();
    }
  });

  it("have decimal byte counts up to the largest exact integer", () => {
    expect(parseBytes("0")).toBe(0);
    expect(parseBytes("999999999999999")).toBe(999_999_999_999_999);
    for (const text of ["", "-1", "+1", "1.5", "1e3", "0x10", " 1", "1000000000000000"])
      expect(parseBytes(text)).toBeUndefined();
  });
});
