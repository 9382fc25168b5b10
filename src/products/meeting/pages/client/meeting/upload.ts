import { ApiError } from "../../../../../ui/client/shared/api-error.ts";
import { send, throwApiError } from "./api.ts";

const CHUNK_BYTES = 16 * 1_024 * 1_024;
/** Timeout of a request. The bytes that arrived before it are kept by the server. */
const PATIENCE_MS = 120_000;
const LONGEST_PAUSE_MS = 15_000;
/** Consecutive failures without progress. With the pauses at their longest this takes about ten minutes. */
const MAX_FAILURES = 40;

const base64 = (text: string): string => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

/** Sends one tus 1.0 request. */
const tus = async (
  path: string,
  method: string,
  headers: Record<string, string>,
  body?: Blob,
): Promise<Headers> => {
  const response = await send(path, {
    method,
    headers: { "Tus-Resumable": "1.0.0", ...headers },
    signal: AbortSignal.timeout(PATIENCE_MS),
    ...(body && { body }),
  });
  return response.ok ? response.headers : throwApiError(response);
};

/** Whether a retry may help: no answer, a wrong offset (409), too many requests (429), or a server error. */
const mayPass = (error: unknown): boolean =>
  error instanceof ApiError &&
  (error.code < 400 || [409, 429].includes(error.code) || Math.floor(error.code / 100) === 5);

/**
 * Uploads a recording to the meeting's files. A lost connection, or some minutes without a network, costs only the
 * bytes in transit. `onProgress` receives the uploaded share, 0 to 1. Throws ApiError when a retry has no use.
 */
export const uploadRecording = async (
  meetingId: number,
  film: File,
  onProgress: (done: number) => void,
): Promise<void> => {
  const metadata = { filename: film.name, meeting_id: String(meetingId), file_type: "recording" };
  const creation = {
    "Upload-Length": String(film.size),
    "Upload-Metadata": Object.entries(metadata)
      .map(([key, value]) => `${key} ${base64(value)}`)
      .join(","),
  };
  let path: string | undefined;
  let offset = 0;
  let isSure = true;
  for (let failures = 0; path === undefined || offset < film.size; ) {
    try {
      if (path === undefined) {
        const { pathname } = new URL((await tus("/media/uploads", "POST", creation)).get("Location") ?? "");
        path = pathname.replace("/api/v1", "");
      }
      const chunk = film.slice(offset, offset + CHUNK_BYTES);
      const type = { "Content-Type": "application/offset+octet-stream", "Upload-Offset": String(offset) };
      const headers = isSure ? await tus(path, "PATCH", type, chunk) : await tus(path, "HEAD", {});
      const before = offset;
      offset = Number(headers.get("Upload-Offset"));
      if (offset > before) failures = 0;
      isSure = true;
      onProgress(offset / film.size);
    } catch (error) {
      if (!mayPass(error) || ++failures > MAX_FAILURES) throw error;
      isSure = false;
      await new Promise((resolve) => setTimeout(resolve, Math.min(LONGEST_PAUSE_MS, 500 * 2 ** failures)));
    }
  }
};
