import { describe, expect, it } from "vitest";
import { hasInvisible, isVisible, oneLine } from "../../src/lib/text.ts";

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

  it("is not seen where it has joiners and blanks alone", () => {
    expect(isVisible("\u200d \u200c")).toBe(false);
    expect(oneLine(" \u200dx\u200c ")).toBe("x");
    expect(isVisible(NAME)).toBe(true);
  });
});
