import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import type { Caller, IssuedSession } from "../../core/identity/index.ts";
import type { Authorization } from "../../core/oauth/index.ts";
import type { AppContext } from "../../http/context.ts";
import { MINUTE_MS } from "../../lib/clock.ts";
import { equalSecrets, hmacSha256Hex } from "../../lib/secrets.ts";
import { AUTHORIZE_PATH } from "./oauth-answers.ts";

/** The lifetime of a sign-in on the consent page: long enough to read the scopes that an application requests. */
export const SIGN_IN_TTL_MS = 15 * MINUTE_MS;

const COOKIE = "oauth_sign_in";

/**
 * The account that is signed in on the consent page. `secret` is the cookie's value, known only to its browser and
 * us.
 */
export interface SignIn {
  readonly caller: Caller;
  readonly secret: string;
}

/**
 * Returns the sign-in of the request's cookie. It is a separate session; a password change ends it with all others.
 */
export const signInOf = async (c: AppContext): Promise<SignIn | undefined> => {
  const secret = getCookie(c, COOKIE);
  if (!secret) return undefined;
  const { accessTokens, accountSessions, administrator } = c.get("services");
  const claims = await accessTokens.read(secret);
  const caller = claims && (await accountSessions.find(claims, () => administrator.tag()));
  return caller?.ok ? { caller: caller.value, secret } : undefined;
};

export const setSignInCookie = (c: AppContext, { accessToken }: IssuedSession): void =>
  setCookie(c, COOKIE, accessToken, {
    path: AUTHORIZE_PATH,
    httpOnly: true,
    // An application redirects here from its own site, and a browser sends no Strict cookie with such a navigation.
    sameSite: "Lax",
    secure: c.req.url.startsWith("https:"),
    maxAge: SIGN_IN_TTL_MS / 1_000,
  });

export const endSignIn = async (c: AppContext, { caller }: SignIn): Promise<void> => {
  deleteCookie(c, COOKIE, { path: AUTHORIZE_PATH, httpOnly: true, sameSite: "Lax" });
  await c.get("services").accountSessions.end(caller.user, caller.sessionId);
};

/**
 * Returns the token of the consent form, which is valid only for this sign-in and for the request the page showed.
 */
export const consentFormToken = ({ secret }: SignIn, asked: Authorization): Promise<string> =>
  hmacSha256Hex(secret, JSON.stringify(asked));

export const isConsentFormTokenValid = async (
  signIn: SignIn,
  asked: Authorization,
  given: string,
): Promise<boolean> => equalSecrets(given, await consentFormToken(signIn, asked));
