import { ApiError } from "../../../../../ui/client/shared/api-error.ts";
import { words } from "../../../../../ui/client/shared/language.ts";
import type { TrackItem } from "../../../contract/index.ts";
import { authorization, errorOf } from "./api.ts";

/** An upload in progress. `track` rejects with an `ApiError`; its message is empty after `cancel`. */
export interface Upload {
  readonly track: Promise<TrackItem>;
  readonly cancel: () => void;
}

const answerOf = (request: XMLHttpRequest): unknown => {
  try {
    return JSON.parse(request.responseText);
  } catch {
    return undefined;
  }
};

/** Uploads a form with a file. `onProgress` receives the share that was sent, 0 to 1; `fetch` cannot report it. */
export const uploadTrack = (form: FormData, onProgress: (done: number) => void): Upload => {
  const request = new XMLHttpRequest();
  const track = new Promise<TrackItem>((resolve, reject) => {
    request.upload.addEventListener("progress", ({ loaded, total }) => onProgress(loaded / total));
    request.addEventListener("load", () => {
      const answer = answerOf(request);
      if (request.status === 201) resolve(answer as TrackItem);
      else reject(errorOf(request.status, answer as Parameters<typeof errorOf>[1]));
    });
    request.addEventListener("error", () => reject(new ApiError("", words.offline)));
    request.addEventListener("abort", () => reject(new ApiError("", "")));
  });
  request.open("POST", "/api/v1/audio/upload");
  for (const [name, value] of Object.entries(authorization())) request.setRequestHeader(name, value);
  request.send(form);
  return { track, cancel: () => request.abort() };
};
