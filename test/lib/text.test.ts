import { describe, expect, it } from "vitest";
import { oneLine, shortLine } from "../../src/lib/text.ts";
import { hasInvisible, isVisible } from "../../src/lib/visible-text.ts";

const NAME = "\u0639\u0644\u06cc\u200c\u0631\u0636\u0627 \ud83d\udc69\u200d\ud83d\udcbb";

describe("a displayed text", () => {
  it("keeps joiners, which are part of the spelling", () => {
    expect(oneLine(NAME)).toBe(NAME);
    expect(hasInvisible(NAME)).toBe(false);
  });

  it.each(["\u202e", "\u2066", "\u200b", "\u0007", "\u2028", "\ufeff", "\u00ad"])(
    "loses invisible and bidirectional control characters (%j)",
    (character) => {
      expect(oneLine(`a${character}b`)).toBe("a b");
      expect(hasInvisible(`a${character}b`)).toBe(true);
    },
  );

  // A regular expression that searches the end from each joiner would take minutes.
  it("is read in linear time with any number of joiners", () => {
    const joiners = "\u200c".repeat(1_000_000);
    expect(oneLine(`${joiners}a${joiners}b${joiners}`)).toBe(`a${joiners}b`);
    expect(isVisible(`${joiners}a${joiners}`)).toBe(true);
    expect(isVisible(joiners)).toBe(false);
  });

  it("is cut at characters, and only its beginning is read", () => {
    expect(shortLine(" \ud83d\udcbb\ud83d\udcbbabc", 3)).toBe("\ud83d\udcbb\ud83d\udcbba");
    expect(shortLine("a:b", 3, /:/g)).toBe("a b");
    expect(shortLine(`${" ".repeat(1_000)}a`, 3)).toBe("");
  });

  it("is not visible with only joiners and blanks", () => {
    expect(isVisible("\u200d \u200c")).toBe(false);
    expect(oneLine(" \u200dx\u200c ")).toBe("x");
    expect(isVisible(NAME)).toBe(true);
  });
});
