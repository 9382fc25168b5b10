import { DAY_MS, HOUR_MS } from "../lib/clock.ts";
import { equalSecrets, hmacSha256Hex } from "../lib/secrets.ts";
import type { AppContext } from "./context.ts";
import { answerOrigin } from "./origins.ts";

/** The parts of a task that have a URL. `image-1` is the second of several images, `thumbnail-1` its thumbnail. */
export type MediaPart = "video" | "image" | "thumbnail" | `image-${number}` | `thumbnail-${number}`;

export const imagePart = (index: number): MediaPart => (index === 0 ? "image" : `image-${index}`);
export const thumbnailPart = (index: number): MediaPart => (index === 0 ? "thumbnail" : `thumbnail-${index}`);

const LIFETIME_MS = DAY_MS;

const mediaText = (taskId: string, part: MediaPart, expires: number): string =>
  `media:${taskId}:${part}:${expires}`;

/** Whether the signature in the query is valid for the text. Not cached, because clients could fill the cache. */
const isSigned = async (c: AppContext, text: string): Promise<boolean> => {
  const { signer, settings } = c.get("services");
  const signature = c.req.query("signature") ?? "";
  if (signer.isSigned("media-url", text, signature)) return true;
  // The release before this one signed media URLs with JWT_SECRET itself. Those URLs are valid for a day.
  return equalSecrets(signature, await hmacSha256Hex(settings.JWT_SECRET, text));
};

/**
 * Returns the URL of a task's media. It is valid for a day and needs no credentials, as `<video src>` cannot send
 * any. The expiry is rounded up to the hour, so that the URL stays the same and a browser can use its cache.
 */
export const mediaUrl = async (c: AppContext, taskId: string, part: MediaPart): Promise<string> => {
  const expires = Math.ceil((Date.now() + LIFETIME_MS) / HOUR_MS) * HOUR_MS;
  const signature = c.get("services").mediaSignatures.of(mediaText(taskId, part, expires));
  return `${answerOrigin(c)}/media/tasks/${taskId}/${part}?expires=${expires}&signature=${signature}`;
};

/** Returns a signed URL of the platform that is valid for a day and needs no credentials. */
export const signedUrl = async (c: AppContext, path: string): Promise<string> => {
  const expires = Math.ceil((Date.now() + LIFETIME_MS) / HOUR_MS) * HOUR_MS;
  const signature = c.get("services").mediaSignatures.of(`path:${path}:${expires}`);
  return `${answerOrigin(c)}${path}?expires=${expires}&signature=${signature}`;
};

/** Whether the URL of this request was made by `signedUrl` and has not expired. */
export const isSignedUrl = async (c: AppContext): Promise<boolean> => {
  const expires = Number(c.req.query("expires"));
  if (!Number.isSafeInteger(expires) || expires < Date.now()) return false;
  return isSigned(c, `path:${c.req.path}:${expires}`);
};

/** Whether the URL of this request was made by `mediaUrl` for this part and has not expired. */
export const isMediaUrlValid = async (c: AppContext, taskId: string, part: MediaPart): Promise<boolean> => {
  const expires = Number(c.req.query("expires"));
  if (!Number.isSafeInteger(expires) || expires < Date.now()) return false;
  return isSigned(c, mediaText(taskId, part, expires));
};
