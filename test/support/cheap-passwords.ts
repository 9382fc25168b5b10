import { randomBytes, scryptSync } from "node:crypto";

export { verifyPassword } from "../../src/core/identity/passwords.ts";

const N = 2;
const R = 1;
const P = 1;

/**
 * Stands in for `hashPassword` in tests (`vitest.config.ts`), which create hundreds of accounts: each real hash takes
 * 170 ms of one core. A hash names its cost, so `verifyPassword` is the real one.
 */
export const hashPassword = async (password: string): Promise<string> => {
  const salt = randomBytes(16);
  const key = scryptSync(password.normalize("NFKC"), salt, 32, { N, r: R, p: P });
  return `scrypt$${N}$${R}$${P}$${salt.toString("base64url")}$${key.toString("base64url")}`;
};
