import { ApiError } from "../../../../../ui/client/shared/api-error.ts";
import { language, words } from "../../../../../ui/client/shared/language.ts";
import { text } from "./language.ts";

const SESSION = "loopspace-session";

/** Who is signed in: a first-party token and whose it is. */
export interface Session {
  readonly token: string;
  readonly user: { readonly id: string; readonly username: string };
}

let onSignedOut: () => void = () => undefined;

export const whenSignedOut = (listener: () => void): void => {
  onSignedOut = listener;
};

export const sessionNow = (): Session | undefined => {
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

/** The error an answer is. A session that has ended somewhere else is forgotten. */
export const errorOf = (status: number, body: Refusal | undefined): ApiError => {
  const { code = "INTERNAL_ERROR", message = words.somethingWrong } = body?.error ?? {};
  if (status === 401 && sessionNow()) {
    setSession(undefined);
    onSignedOut();
  }
  return new ApiError(code, text.errors[code] ?? message);
};

export const authorization = (): Record<string, string> => {
  const session = sessionNow();
  return session ? { Authorization: `Bearer ${session.token}` } : {};
};

/** Calls the interface as whoever is signed in. Throws ApiError. */
export const call = async <T>(path: string, method = "GET", body?: unknown): Promise<T> => {
  let response: Response;
  try {
    response = await fetch(`/api/v1${path}`, {
      method,
      // What is good for five minutes elsewhere is looked at again here: somebody has just changed it.
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

/** The same address on this host: media are served on every one. */
export const local = (url: string): string => {
  const { pathname, search } = new URL(url, location.href);
  return pathname + search;
};

export const timeOf = (iso: string): string =>
  new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" }).format(new Date(iso));
