import { z } from "zod";
import { DAY_MS } from "../../lib/clock.ts";

/** R2 takes parts of equal size, 5 MiB at the least, and a last one as long as it comes. */
export const PART_BYTES = 5 * 1_024 * 1_024;
/** An upload nobody goes on with ends this long after its last byte. */
export const UPLOAD_LIFETIME_MS = DAY_MS;
/** How long one that ended is told from one that never was. */
export const UPLOAD_GRAVE_MS = 7 * DAY_MS;

/** What becomes of an upload. */
export const UPLOAD_KINDS = ["meeting_file", "audio"] as const;
export type UploadKind = (typeof UPLOAD_KINDS)[number];

export const CHECKSUM_ALGORITHMS = ["sha1", "sha256", "md5"] as const;

/** What a chunk has to sum up to; the digest is base64. */
const checksumSchema = z.object({ algorithm: z.enum(CHECKSUM_ALGORITHMS), digest: z.string() });
export type Checksum = z.output<typeof checksumSchema>;

/** Who asks: what is another's, or another product's, is unknown to them. */
const claimSchema = z.object({ kind: z.enum(UPLOAD_KINDS), owner: z.string() });
export type UploadClaim = z.output<typeof claimSchema>;

export interface NewUpload {
  readonly claim: UploadClaim;
  /** Bytes, all together. */
  readonly length: number;
  /** `Upload-Metadata` as it came. */
  readonly metadata: string | null;
  /** The R2 key of the object it becomes. */
  readonly key: string;
  /** What the product has to know to make its own of it: JSON. */
  readonly resource: string;
}

/** What goes before the bytes of a chunk. */
export const appendSchema = z.object({
  claim: claimSchema,
  offset: z.int().nonnegative(),
  /** `Content-Length` of the chunk; null where it does not say. */
  bytes: z.int().nonnegative().nullable(),
  checksum: checksumSchema.nullable(),
});
export type Append = z.output<typeof appendSchema>;

/** The header of the request to the object that carries an `Append` as JSON; its body is the chunk. */
export const APPEND_HEADER = "x-append";

const uploadSchema = z.object({
  /** Bytes are missing; all are there and its product has not taken it; it is the product's. */
  status: z.enum(["open", "complete", "finished"]),
  length: z.int(),
  /** How many bytes count. */
  offset: z.int(),
  metadata: z.string().nullable(),
  key: z.string(),
  resource: z.string(),
  /** The path of what the product made of it, once it is finished. */
  location: z.string().nullable(),
  /** ms UTC */
  expiresAt: z.number(),
});
export type UploadState = z.output<typeof uploadSchema>;

/** What an upload says to a request. */
export const uploadAnswerSchema = z.discriminatedUnion("ok", [
  z.object({ ok: z.literal(true), upload: uploadSchema }),
  z.object({ ok: z.literal(false), refusal: z.enum(["unknown", "gone", "offset", "checksum", "too_long"]) }),
]);
export type UploadAnswer = z.output<typeof uploadAnswerSchema>;
export type UploadRefused = Extract<UploadAnswer, { ok: false }>;
