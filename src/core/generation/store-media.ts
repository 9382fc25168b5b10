import { mediaTypeOf } from "../../lib/media-type.ts";
import { type MediaStore, MediaTooLargeError } from "../../platform/media.ts";
import { isCompletePicture, readPicture, videoProblem } from "../media/index.ts";
import type { GeneratedMedia, MediaSource, Refused, Unavailable } from "../providers/index.ts";
import { MAX_IMAGES } from "./facts.ts";
import { type GeneratedImage, mediaKeyOf, thumbnailKeyOf } from "./task.ts";
import type { StoredMedia } from "./transitions.ts";

/** Maximum size of a downloaded video. The largest videos of current models are about a tenth of it. */
const MAX_MEDIA_BYTES = 500 * 1_024 * 1_024;
/** Video types that are accepted and served. Media of any other type is refused. */
const VIDEO_TYPES = /^video\/(mp4|webm|quicktime)$/;

/**
 * The downloaded media is incomplete or not of its declared type. The vendor's copy may be intact, so the download is
 * tried again.
 */
export interface CorruptDownload {
  readonly kind: "flawed";
  /** For the log, not for clients. */
  readonly detail: string;
}

type Stored = { readonly kind: "stored"; readonly media: StoredMedia };

const readerOf = (bucket: R2Bucket, key: string) => async (start: number, end: number) => {
  const object = await bucket.get(key, { range: { offset: start, length: end - start } });
  if (!object) throw new Error("the object that was just stored is missing");
  return new Uint8Array(await object.arrayBuffer());
};

const tooLarge = (size: string): Refused => ({
  kind: "refused",
  reason: "provider_failed",
  detail: `the video is too large: ${size}`,
});

/** Copies finished media from the vendor to our own store as a stream, and checks the stored video. */
export const downloadVideo = async (
  store: MediaStore,
  taskId: string,
  source: MediaSource,
  signal: AbortSignal,
  maxBytes = MAX_MEDIA_BYTES,
): Promise<Stored | CorruptDownload | Refused | Unavailable> => {
  const opened = await source.open(signal);
  if ("kind" in opened) return opened;
  const mediaType = mediaTypeOf(opened.contentType);
  if (!VIDEO_TYPES.test(mediaType)) {
    await opened.body.cancel();
    return { kind: "refused", reason: "provider_failed", detail: `unsupported media type: ${mediaType}` };
  }
  const key = mediaKeyOf(taskId);
  try {
    const { body, contentLength } = opened;
    if (contentLength !== undefined && contentLength > maxBytes) {
      await body.cancel();
      return tooLarge(`${contentLength} bytes`);
    }
    if (contentLength !== undefined) await store.put(key, body, mediaType, contentLength);
    const mediaBytes = contentLength ?? (await store.putUnknownLength(key, body, mediaType, maxBytes));
    const flaw = await videoProblem(readerOf(store.bucket, key), mediaBytes, mediaType);
    if (flaw) return { kind: "flawed", detail: `the ${mediaType} of ${mediaBytes} bytes: ${flaw}` };
    const thumbnail = await storeThumbnail(store, taskId, source, signal);
    return { kind: "stored", media: { mediaKey: key, mediaType, mediaBytes, ...thumbnail } };
  } catch (error) {
    if (error instanceof MediaTooLargeError) return tooLarge(error.message);
    // The download was interrupted. The vendor still has the file, so it is downloaded again.
    return { kind: "unavailable", delivered: "no", detail: `download: ${String(error)}` };
  }
};

const THUMBNAIL_TYPES = /^image\/(webp|png|jpeg)$/;
const MAX_THUMBNAIL_BYTES = 5 * 1_024 * 1_024;
const NONE = { thumbnailKey: null, thumbnailType: null };

/** Reads a whole body; undefined if it has more than `maxBytes`. */
const readAll = async (
  body: ReadableStream<Uint8Array>,
  maxBytes: number,
): Promise<Uint8Array | undefined> => {
  const chunks: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of body) {
    total += chunk.length;
    if (total > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
};

/** Stores the vendor's thumbnail. If that fails, the video is stored without a thumbnail. */
const storeThumbnail = async (
  store: MediaStore,
  taskId: string,
  source: MediaSource,
  signal: AbortSignal,
): Promise<Pick<StoredMedia, "thumbnailKey" | "thumbnailType">> => {
  try {
    const opened = await source.openThumbnail?.(signal);
    if (!opened || "kind" in opened) return NONE;
    const thumbnailType = mediaTypeOf(opened.contentType);
    if (!THUMBNAIL_TYPES.test(thumbnailType)) {
      await opened.body.cancel();
      return NONE;
    }
    const bytes = await readAll(opened.body, MAX_THUMBNAIL_BYTES);
    const facts = bytes && isCompletePicture(bytes) ? readPicture(bytes) : undefined;
    if (!bytes || facts?.mimeType !== thumbnailType) return NONE;
    const thumbnailKey = thumbnailKeyOf(taskId);
    await store.put(thumbnailKey, bytes, thumbnailType);
    return { thumbnailKey, thumbnailType };
  } catch {
    return NONE;
  }
};

/** Stores a video that the provider returned in its response. */
export const storeVideo = async (
  store: MediaStore,
  taskId: string,
  { bytes, contentType: mediaType, thumbnail }: GeneratedMedia,
): Promise<Stored | Refused> => {
  const read = async (start: number, end: number) => bytes.subarray(start, end);
  const flaw = VIDEO_TYPES.test(mediaType)
    ? await videoProblem(read, bytes.length, mediaType)
    : `unsupported media type: ${mediaType}`;
  if (flaw) return { kind: "refused", reason: "provider_failed", detail: `the generated video: ${flaw}` };
  const still = thumbnail && isCompletePicture(thumbnail.bytes) ? thumbnail : undefined;
  const mediaKey = mediaKeyOf(taskId);
  await Promise.all([
    store.put(mediaKey, bytes, mediaType),
    still && store.put(thumbnailKeyOf(taskId), still.bytes, still.contentType),
  ]);
  const media = {
    mediaKey,
    mediaType,
    mediaBytes: bytes.length,
    thumbnailKey: still ? thumbnailKeyOf(taskId) : null,
    thumbnailType: still?.contentType ?? null,
  };
  return { kind: "stored", media };
};

/** Makes a small WebP of a picture; undefined if the picture cannot be decoded. */
export type MakeThumbnail = (picture: Uint8Array) => Promise<Uint8Array | undefined>;

const storeImage = async (
  store: MediaStore,
  taskId: string,
  index: number,
  { bytes }: GeneratedMedia,
  makeThumbnail: MakeThumbnail,
): Promise<GeneratedImage | undefined> => {
  const facts = isCompletePicture(bytes) ? readPicture(bytes) : undefined;
  if (!facts) return undefined;
  const [thumbnail] = await Promise.all([
    makeThumbnail(bytes),
    store.put(mediaKeyOf(taskId, index), bytes, facts.mimeType),
  ]);
  if (thumbnail) await store.put(thumbnailKeyOf(taskId, index), thumbnail, THUMBNAIL_TYPE);
  return {
    type: facts.mimeType,
    bytes: bytes.length,
    width: facts.width,
    height: facts.height,
    thumbnailType: thumbnail ? THUMBNAIL_TYPE : null,
  };
};

const THUMBNAIL_TYPE = "image/webp";

/** Stores the images of a task. The type of each image is read from its bytes, not from the provider's header. */
export const storeImages = async (
  store: MediaStore,
  taskId: string,
  made: readonly GeneratedMedia[],
  makeThumbnail: MakeThumbnail,
): Promise<Stored | Refused> => {
  const stored = await Promise.all(
    made.slice(0, MAX_IMAGES).map((one, i) => storeImage(store, taskId, i, one, makeThumbnail)),
  );
  const images = stored.filter((image) => image !== undefined);
  const [first] = images;
  if (!first || images.length < stored.length)
    return {
      kind: "refused",
      reason: "provider_failed",
      detail: "a generated image is empty, truncated or not an image",
    };
  return {
    kind: "stored",
    media: {
      images,
      mediaKey: mediaKeyOf(taskId),
      mediaType: first.type,
      mediaBytes: first.bytes,
      thumbnailKey: first.thumbnailType === null ? null : thumbnailKeyOf(taskId),
      thumbnailType: first.thumbnailType,
    },
  };
};
