import { jsonBody, request, requestJson } from "./http.ts";

export const PASSWORD = "correct horse battery staple";

export interface SoraUser {
  readonly id: string;
  readonly email: string;
  readonly username: string;
  readonly token: string;
  /** `refreshToken=…` */
  readonly cookie: string;
}

interface Grant {
  readonly user: { id: string; email: string; username: string };
  readonly accessToken: string;
}

let accounts = 0;
const suffix = Math.random().toString(36).slice(2, 8);

export const newIdentity = () => {
  accounts++;
  const username = `user${suffix}${accounts}`;
  return { username, email: `${username}@example.com`, password: PASSWORD };
};

/** Returns the refresh cookie that an answer sets. */
export const refreshCookieOf = (headers: Headers): string =>
  headers
    .getSetCookie()
    .find((cookie) => cookie.startsWith("refreshToken="))
    ?.split(";")[0] ?? "";

/** Registers a new account and signs it in. */
export const newUser = async (): Promise<SoraUser> => {
  const identity = newIdentity();
  const { status, body, headers } = await requestJson<Grant>("/api/auth/register", jsonBody(identity));
  if (status !== 201) throw new Error(`register answered ${status}: ${JSON.stringify(body)}`);
  return { ...body.user, token: body.accessToken, cookie: refreshCookieOf(headers) };
};

export const bearer = (user: Pick<SoraUser, "token">): Record<string, string> => ({
  authorization: `Bearer ${user.token}`,
});

/** Returns the options of a call as this user, with a JSON body when one is given. */
export const as = (
  user: Pick<SoraUser, "token">,
  method = "GET",
  body?: unknown,
  headers = {},
): RequestInit =>
  body === undefined
    ? { method, headers: { ...bearer(user), ...headers } }
    : jsonBody(body, { ...bearer(user), ...headers }, method);

export const signIn = (email: string, password: string, headers: Record<string, string> = {}) =>
  requestJson<Grant>("/api/auth/login", jsonBody({ email, password }, headers));

export const refresh = (cookie: string) =>
  request("/api/auth/refresh-token", { method: "POST", headers: { cookie } });
