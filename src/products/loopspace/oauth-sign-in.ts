import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import type { Caller, Grant } from "../../core/identity/index.ts";
import type { Authorization } from "../../core/oauth/index.ts";
import type { AppContext } from "../../http/context.ts";
import { MINUTE_MS } from "../../lib/clock.ts";
import { equalSecrets, hmacSha256Hex } from "../../lib/secrets.ts";
import { AUTHORIZE_PATH } from "./oauth-wire.ts";

/** Long enough to read what an application wants. */
export const SIGN_IN_TTL_MS = 15 * MINUTE_MS;

const COOKIE = "oauth_sign_in";

/** Who is signed in at the page that asks for an application. `secret` is what only their browser and we know. */
export interface SignIn {
  readonly caller: Caller;
  readonly secret: string;
}

/** It is a session of its own, which ends as all of the account's do when the password changes. */
export const signInOf = async (c: AppContext): Promise<SignIn | undefined> => {
  const secret = getCookie(c, COOKIE);
  if (!secret) return undefined;
  const { accessTokens, accountSessions, administrator } = c.get("services");
  const claims = await accessTokens.read(secret);
  const caller = claims && (await accountSessions.find(claims, () => administrator.tag()));
  return caller?.ok ? { caller: caller.value, secret } : undefined;
};

export const keepSignIn = (c: AppContext, { accessToken }: Grant): void =>
  setCookie(c, COOKIE, accessToken, {
    path: AUTHORIZE_PATH,
    httpOnly: true,
    // Applications lead here from their own site: Strict would not come along.
    sameSite: "Lax",
    secure: c.req.url.startsWith("https:"),
    maxAge: SIGN_IN_TTL_MS / 1_000,
  });

export const endSignIn = async (c: AppContext, { caller }: SignIn): Promise<void> => {
  deleteCookie(c, COOKIE, { path: AUTHORIZE_PATH, httpOnly: true, sameSite: "Lax" });
  await c.get("services").accountSessions.end(caller.user, caller.sessionId);
};

/** What the form of a page carries: it fits this sign-in and what that page asked, nothing else. */
export const formTokenOf = ({ secret }: SignIn, asked: Authorization): Promise<string> =>
  hmacSha256Hex(secret, JSON.stringify(asked));

export const isFormToken = async (signIn: SignIn, asked: Authorization, given: string): Promise<boolean> =>
  equalSecrets(given, await formTokenOf(signIn, asked));
