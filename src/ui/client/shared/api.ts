import { ApiError } from "./api-error.ts";
import { words } from "./language.ts";

/** The envelope of a successful response in the APIs that have one. */
export interface Envelope<T> {
  readonly code: number;
  readonly message: string;
  readonly data: T;
  readonly error?: string;
}

/** Keeps a text in this browser under `key`, for example an access token. */
export const browserStore = (key: string) => ({
  get: (): string | null => localStorage.getItem(key),
  set: (value: string | null): void => {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  },
});

export const bearerHeaders = (token: string | null | undefined): Record<string, string> =>
  token ? { Authorization: `Bearer ${token}` } : {};

/**
 * Sends a request to the API, as a guest where there is no token. Throws `ApiError` 0 if the server cannot be reached;
 * a request that its caller aborted throws the browser's `AbortError`.
 */
export const sendRequest = async (
  path: string,
  token: string | null | undefined,
  init: RequestInit,
): Promise<Response> => {
  const headers = new Headers(init.headers);
  for (const [name, value] of Object.entries(bearerHeaders(token))) headers.set(name, value);
  try {
    return await fetch(`/api/v1${path}`, { ...init, headers });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, words.offline);
  }
};

/** Builds a request with a body: a form is sent as it is, anything else as JSON. */
export const requestInit = (method: string, body: unknown): RequestInit => {
  if (body === undefined) return { method };
  if (body instanceof FormData) return { method, body };
  return { method, body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
};

/** Returns the path and query of a URL, so that it is loaded from this host: every host serves the media. */
export const sameOriginPath = (url: string): string => {
  if (url === "") return "";
  const { pathname, search } = new URL(url, location.href);
  return pathname + search;
};
