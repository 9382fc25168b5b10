import { scrypt, timingSafeEqual } from "node:crypto";

const N = 2 ** 14;
const R = 8;
const P = 5;
const KEY_BYTES = 32;
const SALT_BYTES = 16;
/**
 * The memory limit of scrypt, in bytes. scrypt needs about 128·N·r bytes, which is 16 MiB for the parameters above.
 * Stored hashes may have other parameters.
 */
const MAX_MEMORY = 64 * 1_024 * 1_024;

const derive = (
  password: string,
  salt: Uint8Array,
  cost: { N: number; r: number; p: number },
  bytes: number,
) =>
  new Promise<Buffer>((resolve, reject) => {
    scrypt(password.normalize("NFKC"), salt, bytes, { ...cost, maxmem: MAX_MEMORY }, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });

const encode = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url");

/** Returns `scrypt$N$r$p$salt$key`. It takes about 170 ms of one core, to make guessing expensive. */
export const hashPassword = async (password: string): Promise<string> => {
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));
  const key = await derive(password, salt, { N, r: R, p: P }, KEY_BYTES);
  return `scrypt$${N}$${R}$${P}$${encode(salt)}$${encode(key)}`;
};

/**
 * The hash that is checked when there is no account, so that the response time does not reveal this. No password
 * hashes to it.
 */
const DUMMY_HASH = `scrypt$${N}$${R}$${P}$${encode(new Uint8Array(SALT_BYTES))}$${encode(new Uint8Array(KEY_BYTES))}`;

/** Returns whether the password matches the hash. Without a hash it returns false after the same time. */
export const verifyPassword = async (password: string, hash: string | null | undefined): Promise<boolean> => {
  const [, n, r, p, salt = "", key = ""] = (hash ?? DUMMY_HASH).split("$");
  const expected = Buffer.from(key, "base64url");
  const cost = { N: Number(n), r: Number(r), p: Number(p) };
  const given = await derive(password, Buffer.from(salt, "base64url"), cost, expected.length);
  return timingSafeEqual(given, expected) && hash != null;
};
