import { expect, it } from "vitest";
import { hashPassword, verifyPassword } from "../../../src/core/identity/passwords.ts";

const COST = /^scrypt\$16384\$8\$5\$/;

it("hashes a password at the full cost, each time with another salt", async () => {
  const [first, second] = await Promise.all([
    hashPassword("a good password"),
    hashPassword("a good password"),
  ]);
  expect(first).toMatch(COST);
  expect(second).toMatch(COST);
  expect(first).not.toBe(second);
});

it("verifies a password against its hash, in any Unicode form of its characters", async () => {
  const hash = await hashPassword("pa\u00dfw\u00f6rd");
  expect(await verifyPassword("pa\u00dfwo\u0308rd", hash)).toBe(true);
  expect(await verifyPassword("passwo\u0308rd", hash)).toBe(false);
});

it.each([null, undefined])("verifies nothing against no hash: %s", async (hash) => {
  expect(await verifyPassword("a good password", hash)).toBe(false);
});
