import { createHmac } from "node:crypto";
import { z } from "@hono/zod-openapi";
import type { Settings } from "../../platform/settings.ts";

/** How long a TURN credential is good: longer than a day's meeting. */
const TURN_TTL_SECONDS = 12 * 3_600;

export const iceServerSchema = z
  .object({ urls: z.string(), username: z.string().optional(), credential: z.string().optional() })
  .openapi("IceServer");

/**
 * Servers that help two peers to find each other. TURN credentials are those of coturn's REST interface
 * (`use-auth-secret`): the name says when they run out, the password is HMAC-SHA1 of the name under the shared secret.
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
