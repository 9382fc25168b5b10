import { describe, expect, it } from "vitest";
import { hasInvisible, isVisible, oneLine, shortLine } from "../../src/lib/text.ts";

const NAME = "\u0639\u0644\u06cc\u200c\u0631\u0636\u0627 \ud83d\udc69\u200d\ud83d\udcbb";

describe("a text that is shown", () => {
  it("keeps its joiners: they are spelling", () => {
    expect(oneLine(NAME)).toBe(NAME);
    expect(hasInvisible(NAME)).toBe(false);
  });

  it.each(["\u202e", "\u2066", "\u200b", "\u0007", "\u2028", "\ufeff", "\u00ad"])(
    "loses what is not seen and turns or hides text (%j)",
    (character) => {
      expect(oneLine(`a${character}b`)).toBe("a b");
      expect(hasInvisible(`a${character}b`)).toBe(true);
    },
  );

  // A pattern that looks for the end from each joiner takes minutes.
  it("is read once, however many joiners are in it", () => {
    const joiners = "\u200c".repeat(1_000_000);
    expect(oneLine(`${joiners}a${joiners}b${joiners}`)).toBe(`a${joiners}b`);
    expect(isVisible(`${joiners}a${joiners}`)).toBe(true);
    expect(isVisible(joiners)).toBe(false);
  });

  it("is cut to characters, and only its beginning is looked at", () => {
    expect(shortLine(" \ud83d\udcbb\ud83d\udcbbabc", 3)).toBe("\ud83d\udcbb\ud83d\udcbba");
    expect(shortLine("a:b", 3, /:/g)).toBe("a b");
    expect(shortLine(`${" ".repeat(1_000)}a`, 3)).toBe("");
  });

  it("is not seen where it has joiners and blanks alone", () => {
    expect(isVisible("\u200d \u200c")).toBe(false);
    expect(oneLine(" \u200dx\u200c ")).toBe("x");
    expect(isVisible(NAME)).toBe(true);
  });
});
