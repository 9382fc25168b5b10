import { ApiError } from "../../../../../ui/client/shared/api-error.ts";
import { language, words } from "../../../../../ui/client/shared/language.ts";
import { text } from "./language.ts";

const SESSION = "loopspace-session";

/** The signed-in account and its access token, kept in local storage. */
export interface Session {
  readonly token: string;
  readonly user: { readonly id: string; readonly username: string };
}

let signedOut: () => void = () => undefined;

export const onSignedOut = (listener: () => void): void => {
  signedOut = listener;
};

export const currentSession = (): Session | undefined => {
  try {
    return (JSON.parse(localStorage.getItem(SESSION) ?? "null") as Session | null) ?? undefined;
  } catch {
    return undefined;
  }
};

export const setSession = (session: Session | undefined): void => {
  if (session) localStorage.setItem(SESSION, JSON.stringify(session));
  else localStorage.removeItem(SESSION);
};

interface Refusal {
  readonly error?: { readonly code: string; readonly message: string };
}

/** Converts an error response. A 401 means that the session has ended, so it is removed from this browser. */
export const errorOf = (status: number, body: Refusal | undefined): ApiError => {
  const { code = "INTERNAL_ERROR", message = words.somethingWrong } = body?.error ?? {};
  if (status === 401 && currentSession()) {
    setSession(undefined);
    signedOut();
  }
  return new ApiError(code, text.errors[code] ?? message);
};

export const authorization = (): Record<string, string> => {
  const session = currentSession();
  return session ? { Authorization: `Bearer ${session.token}` } : {};
};

/** Calls the API with the session's token, or as a guest. Returns the JSON body. Throws `ApiError`. */
export const call = async <T>(path: string, method = "GET", body?: unknown): Promise<T> => {
  let response: Response;
  try {
    response = await fetch(`/api/v1${path}`, {
      method,
      // Profiles may be cached for five minutes; the user may just have changed one, so the cache is revalidated.
      cache: "no-cache",
      headers: { ...authorization(), ...(body !== undefined && { "Content-Type": "application/json" }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  } catch {
    throw new ApiError("", words.offline);
  }
  const answer = response.status === 204 ? undefined : await response.json().catch(() => undefined);
  if (!response.ok) throw errorOf(response.status, answer as Refusal | undefined);
  return answer as T;
};

/** Returns the path and query of a URL, so that it is loaded from this host: every host serves media. */
export const sameOriginPath = (url: string): string => {
  const { pathname, search } = new URL(url, location.href);
  return pathname + search;
};

export const timeOf = (iso: string): string =>
  new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" }).format(new Date(iso));
