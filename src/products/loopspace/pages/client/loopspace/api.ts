import {
  bearerHeaders,
  browserStore,
  requestInit,
  sendRequest,
} from "../../../../../ui/client/shared/api.ts";
import { ApiError } from "../../../../../ui/client/shared/api-error.ts";
import { language, words } from "../../../../../ui/client/shared/language.ts";
import type { SessionGrant } from "../../../contract/index.ts";
import { text } from "./language.ts";

const stored = browserStore("loopspace-session");

/** The signed-in account and its access token, kept in local storage. */
export type Session = Pick<SessionGrant, "token" | "user">;

let signedOut: () => void = () => undefined;

export const onSignedOut = (listener: () => void): void => {
  signedOut = listener;
};

export const currentSession = (): Session | undefined => {
  try {
    return (JSON.parse(stored.get() ?? "null") as Session | null) ?? undefined;
  } catch {
    return undefined;
  }
};

export const setSession = (session: Session | undefined): void =>
  stored.set(session ? JSON.stringify(session) : null);

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

export const authorization = (): Record<string, string> => bearerHeaders(currentSession()?.token);

/** Calls the API with the session's token, or as a guest. Returns the JSON body. Throws `ApiError`. */
export const call = async <T>(path: string, method = "GET", body?: unknown): Promise<T> => {
  // Profiles may be cached for five minutes; the user may just have changed one, so the cache is revalidated.
  const init: RequestInit = { ...requestInit(method, body), cache: "no-cache" };
  const response = await sendRequest(path, currentSession()?.token, init);
  const answer = response.status === 204 ? undefined : await response.json().catch(() => undefined);
  if (!response.ok) throw errorOf(response.status, answer as Refusal | undefined);
  return answer as T;
};

export const timeOf = (iso: string): string =>
  new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" }).format(new Date(iso));
