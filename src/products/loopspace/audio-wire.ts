import { z } from "@hono/zod-openapi";
import type { AppContext } from "../../http/context.ts";
import { signedUrl } from "../../http/media-urls.ts";
import { answerOrigin } from "../../http/origins.ts";
import { shortLine } from "../../lib/text.ts";
import { canDownload, type Purchase, type Track, type Viewer } from "./domain/index.ts";
import { avatarOf, isoTime, time, userIdOf } from "./wire.ts";

const visibilitySchema = z.enum(["public", "private"]);
const MAX_PRICE = 1_000_000;

const lowerCase = (maxLength: number) =>
  z
    .string()
    .trim()
    .max(maxLength)
    .transform((text) => text.normalize("NFKC").toLowerCase().trim())
    // NFKC may turn one character into several, so the limit is checked again.
    .pipe(z.string().max(maxLength));

export const genreSchema = lowerCase(40).openapi({ example: "electronic" });
const tagSchema = lowerCase(40).pipe(z.string().min(1)).openapi({ example: "chill" });
const tagsSchema = z
  .array(tagSchema)
  .max(20)
  .transform((tags) => [...new Set(tags)]);

/** The tags of a form: a repeated field, a JSON list, or text separated by commas (`,` or `，`). */
export const formTagsSchema = z.preprocess((value) => {
  const [first = "", ...more] = Array.isArray(value) ? value : value === undefined ? [] : [value];
  if (more.length > 0) return [first, ...more];
  if (typeof first !== "string" || first.trim() === "") return [];
  try {
    const list: unknown = JSON.parse(first);
    if (Array.isArray(list)) return list;
  } catch {
    // not JSON
  }
  return first.split(/[,，]/).filter((tag) => tag.trim() !== "");
}, tagsSchema);

/** The fields of a track that its owner sets. */
export const trackFields = {
  title: z.string().trim().min(1).max(200).openapi({ example: "我的新作品" }),
  description: z.string().trim().max(5_000),
  genre: genreSchema,
  tags: tagsSchema,
  visibility: visibilitySchema,
  price: z.int().min(0).max(MAX_PRICE).openapi({ description: "Credits; 0 is free" }),
};

/** `trackFields` where every value is text: a form, or the metadata of a resumable upload. */
export const formTrackSchema = z.object({
  title: trackFields.title.optional(),
  description: trackFields.description.default(""),
  genre: genreSchema.default(""),
  tags: formTagsSchema,
  visibility: visibilitySchema.default("public"),
  price: z.coerce.number().pipe(trackFields.price).default(0),
});

/** Returns the title of a track for which the owner gave none: the file name without its extension. */
export const titleOf = (fileName: string): string =>
  shortLine((fileName.split(/[/\\]/).at(-1) ?? "").replace(/\.[A-Za-z0-9]{1,5}$/, ""), 200) || "Untitled";

const audioFields = {
  id: z.string().openapi({ example: "audio_Zm9vYmFyYmF6cXV4MTIz" }),
  title: z.string(),
  description: z.string(),
  genre: z.string().nullable(),
  tags: z.array(z.string()),
  status: z.enum(["processing", "ready", "failed"]),
  failure: z.string().optional().openapi({
    description:
      "Why processing failed: `undecodable` (the file has no audio that can be decoded), `too_long` (it is longer than the server analyses) or `internal`",
  }),
  visibility: visibilitySchema,
  price: z.int().openapi({ description: "Credits; 0 is free" }),
  duration: z
    .number()
    .nullable()
    .openapi({ description: "Seconds; null until `status` is `ready`", example: 180 }),
  metadata: z.object({
    bitrate: z.int().nullable().openapi({ description: "kbit/s", example: 320 }),
    sampleRate: z.int().nullable().openapi({ description: "Hz", example: 44_100 }),
    channels: z.int().nullable(),
    codec: z.string().nullable(),
    format: z.string().openapi({ example: "audio/mpeg" }),
    size: z.int().openapi({ description: "Bytes" }),
    artist: z.string().nullable(),
    album: z.string().nullable(),
    year: z.int().nullable(),
  }),
  coverUrl: z.url().nullable(),
  warnings: z.array(z.string()).openapi({
    description:
      "The parts of the file that were not kept: `cover_too_large` (the cover is over 5 MiB) or `cover_unreadable` (it is no JPEG, PNG, WebP or GIF that can be decoded)",
    example: [],
  }),
  streamUrl: z.url().openapi({
    description:
      "Where the URL has a `signature`, it is valid for a day. For a priced track that the caller has not bought, it plays only the beginning, see `previewDuration`",
  }),
  previewDuration: z.number().nullable().openapi({
    description:
      "Seconds that the caller may listen to before buying: at most 30 and at most half of the track; 0 where it has no preview (`streamUrl` then answers 403). Null where the caller may listen to the whole track",
    example: null,
  }),
  downloadUrl: z
    .url()
    .nullable()
    .openapi({ description: "Null where the caller may not download the track" }),
  pageUrl: z.url(),
  stats: z.object({ playsCount: z.int(), salesCount: z.int() }),
  user: z.object({ id: z.string(), username: z.string(), avatar: z.url().nullable() }),
  purchased: z.boolean(),
  createdAt: time,
  updatedAt: time,
};

/** A track in a list: without its waveform. */
export const audioItemSchema = z.object(audioFields).openapi("LoopspaceAudioItem");

export const audioSchema = z
  .object({
    ...audioFields,
    waveform: z.array(z.number()).openapi({
      description: "200 peaks from 0 to 1; empty until `status` is `ready`",
    }),
    waveformEstimated: z.boolean().openapi({
      description:
        "Whether the waveform is an estimate from the gain of each frame (AAC), not computed from decoded samples",
    }),
  })
  .openapi("LoopspaceAudio");

export const audioPathOf = (id: string, part = ""): string => `/api/v1/audio/${id}${part}`;

export const pageUrlOf = (c: AppContext, id: string): string => `${answerOrigin(c)}/loopspace/tracks/${id}`;

/** Returns the caller as the core's `Viewer`; a guest has no user id and sees live data. */
export const viewerOf = (c: AppContext): Viewer => {
  const access = c.get("access");
  return { userId: access?.user.id, environment: access?.environment ?? "live" };
};

/** Returns the URL of a track's file. It is signed only where the caller may have a file that guests may not. */
const fileUrl = (c: AppContext, track: Track, part: "/stream" | "/download"): Promise<string> | string => {
  const isOpen = track.visibility === "public" && track.environment === "live" && track.status === "ready";
  const isSigned = canDownload(track, viewerOf(c).userId) && !(isOpen && track.price === 0);
  return isSigned
    ? signedUrl(c, audioPathOf(track.id, part))
    : `${answerOrigin(c)}${audioPathOf(track.id, part)}`;
};

export const toAudioItem = async (
  c: AppContext,
  track: Track,
): Promise<z.output<typeof audioItemSchema>> => ({
  id: track.id,
  title: track.title,
  description: track.description,
  genre: track.genre || null,
  tags: [...track.tags],
  status: track.status,
  ...(track.failure !== null && { failure: track.failure }),
  visibility: track.visibility,
  price: track.price,
  duration: track.durationMs === null ? null : track.durationMs / 1_000,
  metadata: {
    bitrate: track.bitrate,
    sampleRate: track.sampleRate,
    channels: track.channels,
    codec: track.codec,
    format: track.mediaType,
    size: track.bytes,
    artist: track.artist,
    album: track.album,
    year: track.year,
  },
  warnings: [...track.warnings],
  coverUrl: track.coverKey === null ? null : `${answerOrigin(c)}/media/${track.coverKey}`,
  streamUrl: await fileUrl(c, track, "/stream"),
  previewDuration: canDownload(track, viewerOf(c).userId) ? null : (track.preview?.durationMs ?? 0) / 1_000,
  downloadUrl: canDownload(track, viewerOf(c).userId) ? await fileUrl(c, track, "/download") : null,
  pageUrl: pageUrlOf(c, track.id),
  stats: { playsCount: track.plays, salesCount: track.sales },
  user: {
    id: userIdOf(track.owner.uuid),
    username: track.owner.username,
    avatar: avatarOf(c, track.owner.avatarKey),
  },
  purchased: track.isPurchased,
  createdAt: isoTime(track.createdAt),
  updatedAt: isoTime(track.updatedAt),
});

export const toAudio = async (c: AppContext, track: Track): Promise<z.output<typeof audioSchema>> => ({
  ...(await toAudioItem(c, track)),
  waveform: [...track.waveform],
  waveformEstimated: track.isEstimated,
});

export const purchaseSchema = z
  .object({
    id: z.string().openapi({ example: "purchase_Zm9vYmFyYmF6cXV4MTIz" }),
    audioId: z.string(),
    price: z.int().openapi({ description: "Credits" }),
    createdAt: time,
    downloadUrl: z.url(),
  })
  .openapi("LoopspacePurchase");

export const toPurchaseWire = async (
  c: AppContext,
  purchase: Purchase,
): Promise<z.output<typeof purchaseSchema>> => ({
  id: purchase.id,
  audioId: purchase.audioId,
  price: purchase.price,
  createdAt: isoTime(purchase.createdAt),
  downloadUrl: await signedUrl(c, audioPathOf(purchase.audioId, "/download")),
});
