import { expect, it } from "vitest";
import { MediaSignatures } from "../../src/platform/media-signatures.ts";

it("a text is signed once for any number of requests", () => {
  const computed: string[] = [];
  const signatures = new MediaSignatures((text) => {
    computed.push(text);
    return text.toUpperCase();
  });
  expect(Array.from({ length: 50 }, () => signatures.of("a"))).toEqual(Array(50).fill("A"));
  expect([signatures.of("b"), computed]).toEqual(["B", ["a", "b"]]);
});

it("at most a few thousand signatures are cached", () => {
  let computed = 0;
  const signatures = new MediaSignatures((text) => {
    computed++;
    return text;
  });
  for (let i = 0; i < 10_000; i++) signatures.of(String(i));
  signatures.of("9999");
  expect(computed).toBe(10_000);
  signatures.of("0");
  expect(computed).toBe(10_001);
});
