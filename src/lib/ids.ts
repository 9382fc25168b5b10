const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

export const toHex = (bytes: Uint8Array): string => {
  let hex = "";
  for (const byte of bytes) hex += HEX[byte];
  return hex;
};

export const toBase64Url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

/** Returns an unguessable URL-safe token of 256 random bits. */
export const randomToken = (): string => toBase64Url(crypto.getRandomValues(new Uint8Array(32)));

const REQUEST_ID_BYTES = 10;
/** Random bytes for 256 ids, because a call to the system's generator for each request id is too slow. */
const pool = new Uint8Array(REQUEST_ID_BYTES * 256);
let poolOffset = pool.length;

/** Returns `req_` and 80 random bits. */
export const newRequestId = (): string => {
  if (poolOffset === pool.length) {
    crypto.getRandomValues(pool);
    poolOffset = 0;
  }
  let id = "req_";
  for (const end = poolOffset + REQUEST_ID_BYTES; poolOffset < end; poolOffset++)
    id += HEX[pool[poolOffset] ?? 0];
  return id;
};

/** Returns an id with a prefix for its kind: `key_` and 120 random bits. */
export const shortId = (kind: string): string => `${kind}_${randomToken().slice(0, 20)}`;

/** Returns the account id of Loopspace's API: `user_` and the UUID without dashes. */
export const userIdOf = (uuid: string): string => `user_${uuid.replaceAll("-", "")}`;

// ---- users

const USER_ID = /^user_([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/;

/** Converts a public user id to a UUID; undefined where the id has another format, so that no account can have it. */
export const uuidOf = (userId: string): string | undefined => {
  const parts = USER_ID.exec(userId);
  return parts ? parts.slice(1).join("-") : undefined;
};
