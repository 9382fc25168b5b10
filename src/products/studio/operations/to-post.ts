/** Converts posts of the square to the wire format of the contract, and their cursors. */

import { z } from "@hono/zod-openapi";
import type { AppContext } from "../../../http/context.ts";
import { isoTime } from "../../../lib/clock.ts";
import { toBase64Url } from "../../../lib/ids.ts";
import type { postSchema } from "../contract/index.ts";
import type { SquareCursor, SquarePost } from "../domain/square/index.ts";
import { avatarUrlOf, workFiles } from "../urls.ts";

export const toPost = async (c: AppContext, post: SquarePost): Promise<z.output<typeof postSchema>> => {
  const files = await workFiles(c, {
    id: post.workId,
    kind: post.kind,
    files: post.files,
    hasThumbnail: () => post.hasThumbnail,
  });
  return {
    id: post.workId,
    type: post.kind,
    thumbnail: files[0]?.thumbnail ?? "",
    fileUrl: files[0]?.url ?? "",
    files,
    playCount: post.plays,
    likeCount: post.likes,
    favoriteCount: post.favorites,
    liked: post.liked,
    favorited: post.favorited,
    description: post.description,
    author: {
      id: post.author.uuid,
      username: post.author.username,
      avatar: avatarUrlOf(c, post.author.avatarKey),
    },
    createdAt: isoTime(post.publishedAt),
  };
};

const cursorSchema = z.tuple([z.number(), z.uuid()]);

export const encodeCursor = ({ value, workId }: SquareCursor): string =>
  toBase64Url(new TextEncoder().encode(JSON.stringify([value, workId])));

/** Decodes a cursor. Undefined if the text is not a cursor of this API. */
export const decodeCursor = (text: string): SquareCursor | undefined => {
  try {
    const { data } = cursorSchema.safeParse(JSON.parse(Buffer.from(text, "base64url").toString()));
    return data && { value: data[0], workId: data[1] };
  } catch {
    return undefined;
  }
};
