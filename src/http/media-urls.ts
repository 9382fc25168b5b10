import { DAY_MS, HOUR_MS } from "../lib/clock.ts";
import { equalSecrets, hmacSha256Hex } from "../lib/secrets.ts";
import type { AppContext } from "./context.ts";
import { answerOrigin } from "./origins.ts";

/** The parts of a task that have an address. `image-1` is the second image of several, `thumbnail-1` its thumbnail. */
export type MediaPart = "video" | "image" | "thumbnail" | `image-${number}` | `thumbnail-${number}`;

export const imagePart = (index: number): MediaPart => (index === 0 ? "image" : `image-${index}`);
export const thumbnailPart = (index: number): MediaPart => (index === 0 ? "thumbnail" : `thumbnail-${index}`);

const LIFETIME_MS = DAY_MS;

const mediaText = (taskId: string, part: MediaPart, expires: number): string =>
  `media:${taskId}:${part}:${expires}`;

/** For texts that a client chose: the signatures of those are not kept. */
const signatureOf = (c: AppContext, text: string): Promise<string> =>
  hmacSha256Hex(c.get("services").settings.JWT_SECRET, text);

/**
 * The address of a task's media: it opens for whoever has it, as `<video src>` needs, and for a day. Rounded to the hour,
 * so that a browser that asks for the task again finds what it has in its cache.
 */
export const mediaUrl = async (c: AppContext, taskId: string, part: MediaPart): Promise<string> => {
  const expires = Math.ceil((Date.now() + LIFETIME_MS) / HOUR_MS) * HOUR_MS;
  const signature = c.get("services").mediaSignatures.of(mediaText(taskId, part, expires));
  return `${answerOrigin(c)}/media/tasks/${taskId}/${part}?expires=${expires}&signature=${signature}`;
};

/** An address of ours that opens for whoever has it, for a day. */
export const signedUrl = async (c: AppContext, path: string): Promise<string> => {
  const expires = Math.ceil((Date.now() + LIFETIME_MS) / HOUR_MS) * HOUR_MS;
  const signature = c.get("services").mediaSignatures.of(`path:${path}:${expires}`);
  return `${answerOrigin(c)}${path}?expires=${expires}&signature=${signature}`;
};

/** Whether the address of this request is one, and still good. */
export const isSignedUrl = async (c: AppContext): Promise<boolean> => {
  const expires = Number(c.req.query("expires"));
  if (!Number.isSafeInteger(expires) || expires < Date.now()) return false;
  const signature = await signatureOf(c, `path:${c.req.path}:${expires}`);
  return equalSecrets(c.req.query("signature") ?? "", signature);
};

/** Whether an address was made by us and is still good. */
export const isMediaUrlGood = async (c: AppContext, taskId: string, part: MediaPart): Promise<boolean> => {
  const expires = Number(c.req.query("expires"));
  if (!Number.isSafeInteger(expires) || expires < Date.now()) return false;
  return equalSecrets(c.req.query("signature") ?? "", await signatureOf(c, mediaText(taskId, part, expires)));
};
