import { ApiError } from "../../../../../ui/client/shared/api-error.ts";
import { words } from "../../../../../ui/client/shared/language.ts";

const TOKEN = "studio-token";

let onSignedOut: () => void = () => undefined;

export const whenSignedOut = (listener: () => void): void => {
  onSignedOut = listener;
};

export const tokenOf = (): string | null => localStorage.getItem(TOKEN);

export const setToken = (token: string | null): void => {
  if (token === null) localStorage.removeItem(TOKEN);
  else localStorage.setItem(TOKEN, token);
};

interface Envelope<T> {
  readonly code: number;
  readonly message: string;
  readonly data: T;
  readonly error?: string;
}

const send = async (path: string, init: RequestInit): Promise<Response> => {
  const headers = new Headers(init.headers);
  const token = tokenOf();
  if (token) headers.set("Authorization", `Bearer ${token}`);
  try {
    return await fetch(`/api/v1${path}`, { ...init, headers });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, words.offline);
  }
};

const refused = async (response: Response): Promise<never> => {
  const body = (await response.json().catch(() => undefined)) as Envelope<unknown> | undefined;
  // The session was ended elsewhere.
  if (response.status === 401 && tokenOf()) {
    setToken(null);
    onSignedOut();
  }
  const detail = response.status === 400 && body?.error ? `${body.message} (${body.error})` : body?.message;
  throw new ApiError(response.status, detail ?? words.somethingWrong);
};

/** Calls the API and returns the data of its envelope. */
export const call = async <T>(path: string, method = "GET", body?: unknown): Promise<T> => {
  const isForm = body instanceof FormData;
  const response = await send(path, {
    method,
    ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
    ...(body === undefined || isForm ? {} : { headers: { "Content-Type": "application/json" } }),
  });
  if (!response.ok) return refused(response);
  return ((await response.json()) as Envelope<T>).data;
};

/** Posts a request and returns the response body as a stream. */
export const stream = async (
  path: string,
  body: unknown,
  signal: AbortSignal,
): Promise<ReadableStream<Uint8Array>> => {
  const headers = { "Content-Type": "application/json" };
  const response = await send(path, { method: "POST", headers, body: JSON.stringify(body), signal });
  if (!response.ok || !response.body) return refused(response);
  return response.body;
};

/** Returns the URL as a path of this host. Each host of the platform serves the media. */
export const local = (url: string): string => {
  if (url === "") return "";
  const { pathname, search } = new URL(url, location.href);
  return pathname + search;
};
