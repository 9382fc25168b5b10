import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { type IssuedSession, SESSION_IDLE_TTL_MS } from "../../core/identity/index.ts";
import type { AppContext } from "../../http/context.ts";
import { MINUTE_MS } from "../../lib/clock.ts";
import { toUserWire } from "./to-wire.ts";
import { avatarUrlOf } from "./urls.ts";

export const ACCESS_TTL_MS = 15 * MINUTE_MS;

const COOKIE = "refreshToken";
const COOKIE_PATH = "/api/auth";

export const refreshTokenOf = (c: AppContext): string | undefined => getCookie(c, COOKIE);

/** Sets the refresh cookie and returns the body of the response. */
export const grantResponse = (c: AppContext, grant: IssuedSession) => {
  setCookie(c, COOKIE, grant.refreshToken, {
    path: COOKIE_PATH,
    httpOnly: true,
    sameSite: "Strict",
    // Local development uses plain http, over which some browsers do not store a Secure cookie.
    secure: c.req.url.startsWith("https:"),
    maxAge: SESSION_IDLE_TTL_MS / 1_000,
  });
  c.header("Cache-Control", "no-store");
  return { user: toUserWire(grant.user, avatarUrlOf(c)), accessToken: grant.accessToken };
};

export const clearRefreshCookie = (c: AppContext): void => {
  deleteCookie(c, COOKIE, { path: COOKIE_PATH, httpOnly: true, sameSite: "Strict" });
};
