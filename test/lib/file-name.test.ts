import { describe, expect, it } from "vitest";
import { fileNameIn, readFileName } from "../../src/lib/file-name.ts";

const NAME = "\u6b4c\u66f2.wav";
/** Returns the bytes of a header as one character each, as the form parser does. */
const binary = (text: string): string => Buffer.from(text, "utf8").toString("latin1");
const BASE64 = `=?utf-8?B?${Buffer.from(NAME).toString("base64")}?=`;

describe("the file name in a Content-Disposition header", () => {
  it.each<[string, string, string | undefined]>([
    ["filename* before filename", `filename="x.wav"; filename*=UTF-8''%E6%AD%8C%E6%9B%B2.wav`, NAME],
    [
      "filename* before filename, in the other order",
      `filename*=utf-8'zh'%e6%ad%8c%e6%9b%b2.wav; filename="x.wav"`,
      NAME,
    ],
    [".NET", `filename="${BASE64}"; filename*=utf-8''%E6%AD%8C%E6%9B%B2.wav`, NAME],
    ["an old .NET", `filename="${BASE64}"`, NAME],
    ["quoted-printable words", `filename="=?utf-8?Q?=E6=AD=8C?= =?utf-8?Q?=E6=9B=B2=2Ewav?="`, NAME],
    ["a word in an unknown encoding", `filename="=?x-none?B?YQ==?="`, "=?x-none?B?YQ==?="],
    ["Latin-1 in filename*", "filename*=iso-8859-1''caf%E9.wav", "caf\u00e9.wav"],
    ["a broken filename*", `filename="x.wav"; filename*=utf-8''%E6%AD`, "x.wav"],
    ["a filename* without its parts", `filename="x.wav"; filename*="y.wav"`, "x.wav"],
    ["UTF-8, as browsers write it", `filename="${NAME}"`, NAME],
    ["quotes, as browsers write them", 'filename="a %22b%22 100%25.wav"', 'a "b" 100%25.wav'],
    ["quotes, as curl writes them", 'filename="a \\"b\\" \\\\c.wav"', 'a "b" \\c.wav'],
    ["a path of Windows", 'filename="C:\\songs\\new.wav"', "C:\\songs\\new.wav"],
    ["a path of Windows that ends in a backslash", 'filename="C:\\songs\\"', "C:\\songs\\"],
    ["a quote that is not closed", 'filename="a.wav', '"a.wav'],
    ["a semicolon in quotes", 'filename="a; filename=b.wav"', "a; filename=b.wav"],
    ["no quotes", "filename=a.wav; x=y", "a.wav"],
    ["another letter case", `FileName="a.wav"`, "a.wav"],
    ["an empty name", 'filename=""', ""],
    ["no name", "x=y", undefined],
  ])("is decoded as its client meant it: %s", (_, parameters, name) => {
    expect(fileNameIn(binary(`form-data; name="file"; ${parameters}`))).toBe(name);
  });

  it("is read as UTF-8 after double encoding, and as GBK", () => {
    const twice = Buffer.from(binary(NAME), "utf8").toString("latin1");
    expect(fileNameIn(`form-data; filename="${twice}"`)).toBe(NAME);
    expect(fileNameIn('form-data; filename="\u00b8\u00e8\u00c7\u00fa.wav"')).toBe(NAME);
  });
});

describe("a header that is built to consume CPU time", () => {
  // A regular expression that can match a backslash in two ways would not end on the first two rows.
  it.each<[string, string, string]>([
    ["backslashes", "\\".repeat(20_001), `"${"\\".repeat(20_001)}`],
    ["backslashes and letters", "\\a\\\\".repeat(10_000), `"${"\\a\\\\".repeat(10_000)}`],
    ["quotes after backslashes", '\\"'.repeat(10_000), `${'"'.repeat(9_999)}\\`],
  ])("is read in linear time: %s without a closing quote", (_, value, name) => {
    expect(fileNameIn(`form-data; filename="${value}; x=y`)).toBe(name);
  });
});

describe("the file name in the metadata of an upload", () => {
  it.each([
    ["plain text", NAME, NAME],
    ["an encoded word", BASE64, NAME],
    ["UTF-8 that was encoded twice", binary(NAME), NAME],
    ["western letters", "caf\u00e9.wav", "caf\u00e9.wav"],
  ])("is decoded as its client meant it: %s", (_, name, meant) => {
    expect(readFileName(name)).toBe(meant);
  });
});
