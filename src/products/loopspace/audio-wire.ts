import { z } from "@hono/zod-openapi";
import { canDownload, type Purchase, type Track, type Viewer } from "../../core/audio/index.ts";
import type { AppContext } from "../../http/context.ts";
import { signedUrl } from "../../http/media-urls.ts";
import { answerOrigin } from "../../http/origins.ts";
import { shortLine } from "../../lib/text.ts";
import { avatarOf, isoTime, time, userIdOf } from "./wire.ts";

const visibilitySchema = z.enum(["public", "private"]);
const MAX_PRICE = 1_000_000;

const lowerCase = (maxLength: number) =>
  z
    .string()
    .trim()
    .max(maxLength)
    .transform((text) => text.normalize("NFKC").toLowerCase().trim())
    // One sign may become several.
    .pipe(z.string().max(maxLength));

export const genreSchema = lowerCase(40).openapi({ example: "electronic" });
const tagSchema = lowerCase(40).pipe(z.string().min(1)).openapi({ example: "chill" });
const tagsSchema = z
  .array(tagSchema)
  .max(20)
  .transform((tags) => [...new Set(tags)]);

/** Tags of a form: the field several times, one list in JSON, or one with commas. */
export const writtenTags = z.preprocess((value) => {
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

/** What an owner says of a track. */
export const trackFields = {
  title: z.string().trim().min(1).max(200).openapi({ example: "我的新作品" }),
  description: z.string().trim().max(5_000),
  genre: genreSchema,
  tags: tagsSchema,
  visibility: visibilitySchema,
  price: z.int().min(0).max(MAX_PRICE).openapi({ description: "Credits; 0 is free" }),
};

/** The same where everything is text: a form, or the metadata of a resumable upload. */
export const writtenFields = z.object({
  title: trackFields.title.optional(),
  description: trackFields.description.default(""),
  genre: genreSchema.default(""),
  tags: writtenTags,
  visibility: visibilitySchema.default("public"),
  price: z.coerce.number().pipe(trackFields.price).default(0),
});

/** What a track is called whose owner said nothing: its file without its ending. */
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
      "Why it failed: `undecodable` (there is no sound in it that can be read), `too_long` (than is looked into) or `internal`",
  }),
  visibility: visibilitySchema,
  price: z.int().openapi({ description: "Credits; 0 is free" }),
  duration: z.number().nullable().openapi({ description: "Seconds; null until it is ready", example: 180 }),
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
      "What of the file was not kept: `cover_too_large` (over 5 MiB) or `cover_unreadable` (no JPEG, PNG, WebP or GIF that can be decoded)",
    example: [],
  }),
  streamUrl: z.url().openapi({
    description:
      "Good for a day where it is signed. A priced track plays its beginning to who has not bought it, see `previewDuration`",
  }),
  previewDuration: z.number().nullable().openapi({
    description:
      "Seconds the caller may hear before they buy it: at most 30, at most half of it, 0 where it has no preview (`streamUrl` is 403). Null where they may hear all of it",
    example: null,
  }),
  downloadUrl: z.url().nullable().openapi({ description: "Null where the caller may not download it" }),
  pageUrl: z.url(),
  stats: z.object({ playsCount: z.int(), salesCount: z.int() }),
  user: z.object({ id: z.string(), username: z.string(), avatar: z.url().nullable() }),
  purchased: z.boolean(),
  createdAt: time,
  updatedAt: time,
};

/** A track as lists have it. */
export const audioItemSchema = z.object(audioFields).openapi("LoopspaceAudioItem");

export const audioSchema = z
  .object({
    ...audioFields,
    waveform: z.array(z.number()).openapi({ description: "200 peaks from 0 to 1; empty until it is ready" }),
    waveformEstimated: z
      .boolean()
      .openapi({ description: "Whether it comes from the gains of frames (AAC), not from the sound" }),
  })
  .openapi("LoopspaceAudio");

export const pathOf = (id: string, part = ""): string => `/api/v1/audio/${id}${part}`;

export const pageUrlOf = (c: AppContext, id: string): string => `${answerOrigin(c)}/loopspace/tracks/${id}`;

/** Who looks, for the core. */
export const viewerOf = (c: AppContext): Viewer => {
  const access = c.get("access");
  return { userId: access?.user.id, environment: access?.environment ?? "live" };
};

/** Only what not everybody may hear needs a signature. */
const fileUrl = (c: AppContext, track: Track, part: "/stream" | "/download"): Promise<string> | string => {
  const isOpen = track.visibility === "public" && track.environment === "live" && track.status === "ready";
  const isSigned = canDownload(track, viewerOf(c).userId) && !(isOpen && track.price === 0);
  return isSigned ? signedUrl(c, pathOf(track.id, part)) : `${answerOrigin(c)}${pathOf(track.id, part)}`;
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
  downloadUrl: await signedUrl(c, pathOf(purchase.audioId, "/download")),
});
