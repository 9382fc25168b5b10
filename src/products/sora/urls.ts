import type { TaskResult } from "../../core/generation/index.ts";
import type { AppContext } from "../../http/context.ts";
import { mediaUrl } from "../../http/media-urls.ts";
import { answerOrigin } from "../../http/origins.ts";
import type { MediaUrls } from "./to-wire.ts";

export const avatarUrlOf =
  (c: AppContext) =>
  (key: string): string =>
    `${answerOrigin(c)}/media/${key}`;

/** Returns the URLs of a finished video; undefined before it is finished. */
export const mediaUrlsOf = async (
  c: AppContext,
  taskId: string,
  made: TaskResult | undefined,
): Promise<MediaUrls | undefined> => {
  if (made?.kind !== "video") return undefined;
  const [media, thumbnail] = await Promise.all([
    mediaUrl(c, taskId, "video"),
    made.hasThumbnail ? mediaUrl(c, taskId, "thumbnail") : undefined,
  ]);
  return { media, thumbnail };
};
