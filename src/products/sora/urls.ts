import type { Task } from "../../core/generation/index.ts";
import type { AppContext } from "../../http/context.ts";
import { mediaUrl } from "../../http/media-urls.ts";
import { answerOrigin } from "../../http/origins.ts";
import type { MediaUrls } from "./wire.ts";

export const avatarUrlOf =
  (c: AppContext) =>
  (key: string): string =>
    `${answerOrigin(c)}/media/${key}`;

/** Where a finished video is to be had. */
export const mediaUrlsOf = async (
  c: AppContext,
  task: Pick<Task, "id" | "state" | "thumbnailKey">,
): Promise<MediaUrls | undefined> => {
  if (task.state !== "COMPLETED") return undefined;
  const [media, thumbnail] = await Promise.all([
    mediaUrl(c, task.id, "video"),
    task.thumbnailKey === null ? undefined : mediaUrl(c, task.id, "thumbnail"),
  ]);
  return { media, thumbnail };
};
