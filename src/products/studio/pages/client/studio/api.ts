import {
  browserStore,
  type Envelope,
  requestInit,
  sendRequest,
} from "../../../../../ui/client/shared/api.ts";
import { ApiError } from "../../../../../ui/client/shared/api-error.ts";
import { words } from "../../../../../ui/client/shared/language.ts";

export const { get: tokenOf, set: setToken } = browserStore("studio-token");

let onSignedOut: () => void = () => undefined;

export const whenSignedOut = (listener: () => void): void => {
  onSignedOut = listener;
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
  const response = await sendRequest(path, tokenOf(), requestInit(method, body));
  if (!response.ok) return refused(response);
  return ((await response.json()) as Envelope<T>).data;
};

/** Posts a request and returns the response body as a stream. */
export const stream = async (
  path: string,
  body: unknown,
  signal: AbortSignal,
): Promise<ReadableStream<Uint8Array>> => {
  const response = await sendRequest(path, tokenOf(), { ...requestInit("POST", body), signal });
  if (!response.ok || !response.body) return refused(response);
  return response.body;
};
