import type { z } from "zod";
import {
  browserStore,
  type Envelope,
  requestInit,
  sendRequest,
} from "../../../../../ui/client/shared/api.ts";
import { ApiError } from "../../../../../ui/client/shared/api-error.ts";
import { words } from "../../../../../ui/client/shared/language.ts";
import type { joinedSchema } from "../../../contract/index.ts";
import { text } from "./language.ts";

export const { get: tokenOf, set: setToken } = browserStore("meeting-token");

/** Sends a request to the API with the stored token, if any. Throws ApiError 0 if the server cannot be reached. */
export const send = (path: string, init: RequestInit): Promise<Response> =>
  sendRequest(path, tokenOf(), init);

/** Throws the error of a failed response as ApiError. */
export const throwApiError = async (response: Response): Promise<never> => {
  const body = (await response.json().catch(() => undefined)) as Envelope<unknown> | undefined;
  // The session has ended. The page then offers sign-in or joining as a guest.
  if (response.status === 401 && body?.code === 401) setToken(null);
  const code = body?.code ?? response.status;
  throw new ApiError(code, text.errors[code] ?? body?.message ?? words.somethingWrong);
};

/** Calls the API and returns the data of its envelope. */
export const call = async <T>(path: string, method = "GET", body?: unknown): Promise<T> => {
  const response = await send(path, requestInit(method, body));
  return response.ok ? ((await response.json()) as Envelope<T>).data : throwApiError(response);
};

/** Saves a file through the browser's downloads. */
export const save = (file: Blob, name: string): void => {
  const url = URL.createObjectURL(file);
  Object.assign(document.createElement("a"), { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
};

/** Downloads a file. A link would not do, because it cannot carry the token. */
export const download = async (path: string, name: string): Promise<void> => {
  const response = await send(path, {});
  if (!response.ok) await throwApiError(response);
  save(await response.blob(), name);
};

/** The response to joining. */
export type JoinResponse = z.output<typeof joinedSchema>;
