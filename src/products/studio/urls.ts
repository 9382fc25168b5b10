import { resultOf, type Task, type TaskResult } from "../../core/generation/index.ts";
import type { AppContext } from "../../http/context.ts";
import { imagePart, mediaUrl, thumbnailPart } from "../../http/media-urls.ts";
import { answerOrigin } from "../../http/origins.ts";

export const avatarUrlOf = (c: AppContext, key: string | null): string =>
  key === null ? "" : `${answerOrigin(c)}/media/${key}`;

/** The URLs of a file of a finished work. */
export interface WorkFile {
  readonly url: string;
  /** Empty if there is none. */
  readonly thumbnail: string;
}

interface FileFacts {
  readonly id: string;
  readonly kind: "video" | "image";
  readonly files: number;
  /** Whether the file at `index` has a thumbnail. */
  readonly hasThumbnail: (index: number) => boolean;
}

/** Returns the URLs of a work's files. They are valid for one day and need no token. */
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

/** Returns the URLs of the files that a task made; empty if there are none yet. */
export const resultFiles = async (
  c: AppContext,
  id: string,
  made: TaskResult | undefined,
): Promise<WorkFile[]> => {
  if (!made) return [];
  if (made.kind === "video")
    return workFiles(c, { id, kind: made.kind, files: 1, hasThumbnail: () => made.hasThumbnail });
  const { kind, images } = made;
  const hasThumbnail = (index: number): boolean => images[index]?.hasThumbnail ?? false;
  return workFiles(c, { id, kind, files: images.length, hasThumbnail });
};

export const taskFiles = (c: AppContext, task: Task): Promise<WorkFile[]> =>
  resultFiles(c, task.id, resultOf(task));
