import { z } from "zod";
import { DAY_MS } from "../../lib/clock.ts";

/** R2 requires parts of equal size, at least 5 MiB; only the last part may be smaller. */
export const PART_BYTES = 5 * 1_024 * 1_024;
/** An upload without progress expires this long after its last byte. */
export const UPLOAD_LIFETIME_MS = DAY_MS;
/** The tombstone of an upload stays this long, so that a request for it gets `gone` and not `unknown`. */
export const UPLOAD_TOMBSTONE_TTL_MS = 7 * DAY_MS;

/** The kind of resource that the product creates from the file. */
const UPLOAD_KINDS = ["meeting_file", "audio"] as const;
export type UploadKind = (typeof UPLOAD_KINDS)[number];

export const CHECKSUM_ALGORITHMS = ["sha1", "sha256", "md5"] as const;

/** The expected checksum of a chunk; the digest is base64. */
const checksumSchema = z.object({ algorithm: z.enum(CHECKSUM_ALGORITHMS), digest: z.string() });
export type Checksum = z.output<typeof checksumSchema>;

/** The identity of the caller. An upload of another owner, or of another product, is `unknown` to it. */
const claimSchema = z.object({ kind: z.enum(UPLOAD_KINDS), owner: z.string() });
export type UploadClaim = z.output<typeof claimSchema>;

export interface NewUpload {
  readonly claim: UploadClaim;
  /** Total number of bytes. */
  readonly length: number;
  /** The `Upload-Metadata` header as it was received. */
  readonly metadata: string | null;
  /** The R2 key of the resulting object. */
  readonly key: string;
  /** JSON with the values that the product needs to create its resource from the file. */
  readonly resource: string;
}

/** Describes a chunk; it is sent ahead of the bytes. */
export const appendSchema = z.object({
  claim: claimSchema,
  offset: z.int().nonnegative(),
  /** `Content-Length` of the chunk; null if the request has none. */
  bytes: z.int().nonnegative().nullable(),
  checksum: checksumSchema.nullable(),
});
export type Append = z.output<typeof appendSchema>;

/**
 * The request header that carries an `Append` as JSON to the durable object. The body of that request is the chunk.
 */
export const APPEND_HEADER = "x-append";

const uploadSchema = z.object({
  /**
   * `open`: bytes are missing. `complete`: all bytes are stored, but the product has not created its resource.
   * `finished`: the resource exists.
   */
  status: z.enum(["open", "complete", "finished"]),
  length: z.int(),
  /** Number of bytes that are stored, which is where the next chunk has to begin. */
  offset: z.int(),
  metadata: z.string().nullable(),
  key: z.string(),
  resource: z.string(),
  /** The path of the resource that the product created, once the upload is finished. */
  location: z.string().nullable(),
  /** ms UTC */
  expiresAt: z.number(),
});
export type UploadState = z.output<typeof uploadSchema>;

/** The response of the durable object to a request for an upload. */
export const uploadAnswerSchema = z.discriminatedUnion("ok", [
  z.object({ ok: z.literal(true), upload: uploadSchema }),
  z.object({ ok: z.literal(false), refusal: z.enum(["unknown", "gone", "offset", "checksum", "too_long"]) }),
]);
export type UploadAnswer = z.output<typeof uploadAnswerSchema>;
export type UploadRefused = Extract<UploadAnswer, { ok: false }>;
