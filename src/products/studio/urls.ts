import type { Task } from "../../core/generation/index.ts";
import type { AppContext } from "../../http/context.ts";
import { imagePart, mediaUrl, thumbnailPart } from "../../http/media-urls.ts";
import { answerOrigin } from "../../http/origins.ts";

export const avatarUrlOf = (c: AppContext, key: string | null): string =>
  key === null ? "" : `${answerOrigin(c)}/media/${key}`;

/** A file of a finished work, and where it is to be had. */
export interface WorkFile {
  readonly url: string;
  /** Empty where there is none. */
  readonly thumbnail: string;
}

interface FileFacts {
  readonly id: string;
  readonly kind: "video" | "image";
  readonly files: number;
  /** By file: whether it has a thumbnail. */
  readonly hasThumbnail: (index: number) => boolean;
}

/** Addresses of the files of a work: good for a day, for whoever has them. */
export const workFiles = (c: AppContext, { id, kind, files, hasThumbnail }: FileFacts): Promise<WorkFile[]> =>
  Promise.all(
    Array.from({ length: files }, async (_, index) => {
      const [url, thumbnail] = await Promise.all([
        mediaUrl(c, id, kind === "video" ? "video" : imagePart(index)),
        hasThumbnail(index) ? mediaUrl(c, id, thumbnailPart(index)) : "",
      ]);
      return { url, thumbnail };
    }),
  );

/** The same of a task; none until it is completed. */
export const taskFiles = async (c: AppContext, task: Task): Promise<WorkFile[]> => {
  if (task.state !== "COMPLETED") return [];
  const isVideo = task.kind === "video";
  return workFiles(c, {
    id: task.id,
    kind: task.kind,
    files: isVideo ? 1 : task.images.length,
    hasThumbnail: (index) =>
      isVideo ? task.thumbnailKey !== null : (task.images[index]?.thumbnailType ?? null) !== null,
  });
};
