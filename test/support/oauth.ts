import { createHash, randomBytes } from "node:crypto";
import { request, requestJson } from "./http.ts";
import { as, newUser, PASSWORD, type SoraUser } from "./sora.ts";

export const AUTHORIZE = "/api/oauth/authorize";
export const CALLBACK = "https://app.example.com/callback";

export interface App {
  readonly clientId: string;
  readonly clientSecret: string | null;
}

export interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly scope: string;
}

export interface OAuthFailure {
  readonly error: string;
  readonly error_description: string;
}

/** Creates an application that has a developer account of its own. */
export const newApp = async (change: Record<string, unknown> = {}): Promise<App & { owner: SoraUser }> => {
  const owner = await newUser();
  const wanted = { name: "Mixtape", redirectUris: [CALLBACK], ...change };
  const { status, body } = await requestJson<App>("/api/v1/developer/apps", as(owner, "POST", wanted));
  if (status !== 201) throw new Error(`apps answered ${status}: ${JSON.stringify(body)}`);
  return { clientId: body.clientId, clientSecret: body.clientSecret, owner };
};

/** Returns a PKCE code verifier and its S256 code challenge. */
export const newChallenge = () => {
  const verifier = randomBytes(32).toString("base64url");
  return { verifier, challenge: createHash("sha256").update(verifier).digest("base64url") };
};

type Parameters = Record<string, string | undefined>;

const given = (parameters: Parameters) =>
  Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined);

/**
 * Returns the path of the authorization request to which an application sends the user. Parameters that are undefined
 * are left out.
 */
export const authorizePath = (app: App, change: Parameters = {}): string =>
  `${AUTHORIZE}?${new URLSearchParams(
    given({
      response_type: "code",
      client_id: app.clientId,
      redirect_uri: CALLBACK,
      state: "xyz",
      ...change,
    }),
  )}`;

/** Sends a form of one of our own pages as a browser does. */
export const form = (path: string, fields: Parameters, headers: Record<string, string> = {}) =>
  request(path, {
    method: "POST",
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      origin: "http://localhost",
      "sec-fetch-site": "same-origin",
      ...headers,
    },
    body: new URLSearchParams(given(fields)).toString(),
  });

/** Signs in at the authorization page and returns the cookie. */
export const signInForCookie = async (path: string, user: SoraUser): Promise<string> => {
  const answer = await form(path, { action: "sign_in", identifier: user.email, password: PASSWORD });
  if (answer.status !== 303) throw new Error(`sign-in answered ${answer.status}`);
  return answer.headers.getSetCookie()[0]?.split(";")[0] ?? "";
};

/** Returns the consent page and the token that its form carries. */
export const openConsentPage = async (path: string, cookie: string) => {
  const html = await (await request(path, { headers: { cookie, "accept-language": "en" } })).text();
  return { html, formToken: /name="form_token" value="([0-9a-f]+)"/.exec(html)?.[1] ?? "" };
};

/** Submits the user's decision and returns the redirect URL with the answer for the application. */
export const submitDecision = async (
  path: string,
  cookie: string,
  action: "allow" | "deny",
): Promise<URL> => {
  const { formToken } = await openConsentPage(path, cookie);
  const answer = await form(path, { action, form_token: formToken }, { cookie });
  if (answer.status !== 303) throw new Error(`the decision answered ${answer.status}`);
  return new URL(answer.headers.get("location") ?? "");
};

/** Signs the user in, consents, and returns the authorization code. */
export const newAuthorizationCode = async (
  app: App,
  user: SoraUser,
  change: Parameters = {},
): Promise<string> => {
  const path = authorizePath(app, change);
  const answer = await submitDecision(path, await signInForCookie(path, user), "allow");
  return answer.searchParams.get("code") ?? "";
};

/** Sends a form to the token endpoint. */
export const requestToken = (fields: Parameters, headers: Record<string, string> = {}) =>
  requestJson<Tokens & OAuthFailure & { token_type: string; expires_in: number }>("/api/oauth/token", {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
    body: new URLSearchParams(given(fields)).toString(),
  });

export const credentials = ({ clientId, clientSecret }: App): Parameters => ({
  client_id: clientId,
  client_secret: clientSecret ?? undefined,
});

export const exchange = (app: App, code: string, change: Parameters = {}) =>
  requestToken({
    grant_type: "authorization_code",
    code,
    redirect_uri: CALLBACK,
    ...credentials(app),
    ...change,
  });

export const refreshWith = (app: App, refreshToken: string, change: Parameters = {}) =>
  requestToken({
    grant_type: "refresh_token",
    refresh_token: refreshToken,
    ...credentials(app),
    ...change,
  });

/** Returns tokens of a user that has authorized the application. */
export const newTokens = async (app: App, user: SoraUser, change: Parameters = {}): Promise<Tokens> => {
  const { status, body } = await exchange(app, await newAuthorizationCode(app, user, change));
  if (status !== 200) throw new Error(`token answered ${status}: ${JSON.stringify(body)}`);
  return body;
};

/** Returns the status with which an endpoint that requires `users:read` answers the access token. */
export const statusOf = async ({ access_token }: Pick<Tokens, "access_token">): Promise<number> =>
  (await request("/api/v1/users/me", as({ token: access_token }))).status;
