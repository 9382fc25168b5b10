import { createHmac } from "node:crypto";
import type { z } from "@hono/zod-openapi";
import type { Settings } from "../../platform/settings.ts";
import type { iceServerSchema } from "./contract/index.ts";

/** Lifetime of a TURN credential: longer than a meeting that takes the whole day. */
const TURN_TTL_SECONDS = 12 * 3_600;

/**
 * Returns the STUN and TURN servers for a peer connection. TURN credentials follow coturn's REST API
 * (`use-auth-secret`): the username starts with the expiry time (UNIX seconds), and the password is the HMAC-SHA1 of
 * the username under the shared secret.
 */
export const iceServers = (
  { STUN_URLS, TURN_URLS, TURN_SECRET }: Settings,
  userId: number,
  now: number,
): z.output<typeof iceServerSchema>[] => {
  const stun = STUN_URLS.map((urls) => ({ urls }));
  if (TURN_URLS.length === 0 || !TURN_SECRET) return stun;
  const username = `${Math.floor(now / 1_000) + TURN_TTL_SECONDS}:${userId}`;
  const credential = createHmac("sha1", TURN_SECRET).update(username).digest("base64");
  return [...stun, ...TURN_URLS.map((urls) => ({ urls, username, credential }))];
};
