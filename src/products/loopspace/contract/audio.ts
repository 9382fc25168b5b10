import { z } from "@hono/zod-openapi";
import { time } from "./common.ts";
import { MAX_DESCRIPTION, MAX_GENRE, MAX_PRICE, MAX_TAG, MAX_TAGS, MAX_TITLE } from "./limits.ts";

const visibilitySchema = z.enum(["public", "private"]);

const lowerCase = (maxLength: number) =>
  z
    .string()
    .trim()
    .max(maxLength)
    .transform((text) => text.normalize("NFKC").toLowerCase().trim())
    // NFKC may turn one character into several, so the limit is checked again.
    .pipe(z.string().max(maxLength));

export const genreSchema = lowerCase(MAX_GENRE).openapi({ example: "electronic" });
const tagSchema = lowerCase(MAX_TAG).pipe(z.string().min(1)).openapi({ example: "chill" });

const tagsSchema = z
  .array(tagSchema)
  .max(MAX_TAGS)
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
const trackFields = {
  title: z.string().trim().min(1).max(MAX_TITLE).openapi({ example: "我的新作品" }),
  description: z.string().trim().max(MAX_DESCRIPTION),
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

export const purchaseSchema = z
  .object({
    id: z.string().openapi({ example: "purchase_Zm9vYmFyYmF6cXV4MTIz" }),
    audioId: z.string(),
    price: z.int().openapi({ description: "Credits" }),
    createdAt: time,
    downloadUrl: z.url(),
  })
  .openapi("LoopspacePurchase");

export const audioParams = z.object({
  audioId: z
    .string()
    .openapi({ param: { name: "audioId", in: "path" }, example: "audio_Zm9vYmFyYmF6cXV4MTIz" }),
});

export const updateTrackSchema = z.object(trackFields).partial();

export const playsSchema = z.object({ playsCount: z.int() });

export const purchaseRequestSchema = z.object({ price: z.int().min(0).optional() });

export const genresSchema = z.object({
  data: z.array(z.object({ genre: z.string(), tracksCount: z.int() })),
});

export type TrackItem = z.output<typeof audioItemSchema>;
export type TrackDetail = z.output<typeof audioSchema>;
export type TrackVisibility = z.output<typeof visibilitySchema>;
export type PlaysCount = z.output<typeof playsSchema>;
