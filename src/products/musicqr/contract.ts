import { z } from "@hono/zod-openapi";

const time = z.string().openapi({ format: "date-time", example: "2024-08-08T12:00:00Z" });
const count = z.int().nonnegative();

/** A code as any text. The handler checks the format, because a malformed code has its own error. */
export const codeText = z
  .string()
  .max(64)
  .openapi({ description: "授权码 / authorization code", example: "ABCD12345678" });

export const errorSchema = z
  .object({
    success: z.literal(false),
    message: z.string(),
    error_code: z.string().openapi({ example: "INVALID_CODE_FORMAT" }),
    timestamp: time,
  })
  .openapi("MusicQRError");

export const statusSchema = z
  .object({
    status: z.enum(["running", "maintenance"]),
    timestamp: time,
    version: z.string().openapi({ example: "2.0.0" }),
    stats: z.object({
      total_codes: count.openapi({ example: 1250 }),
      activated_codes: count.openapi({ example: 856 }),
      activation_rate: z.number().openapi({ description: "Percent, one decimal", example: 68.5 }),
      today_queries: count.openapi({ description: "The answered scans of this UTC day", example: 42 }),
    }),
  })
  .openapi("MusicQRStatus");

export const verificationSchema = z
  .object({
    valid: z.boolean(),
    activated: z.boolean(),
    code: z.string().openapi({ example: "ABCD12345678" }),
    message: z.string(),
    activation_date: time.optional().openapi({ description: "Present only for an activated code" }),
    query_count: count
      .optional()
      .openapi({ description: "The scans so far, including this one", example: 15 }),
    first_activation: z
      .literal(true)
      .optional()
      .openapi({ description: "Present on the scan that activated the code" }),
    timestamp: time,
  })
  .openapi("MusicQRVerification");

export const syncedCodesSchema = z
  .object({
    success: z.literal(true),
    message: z.string(),
    synced_count: count,
    skipped_count: count,
    details: z.object({
      new_codes: z.array(z.string()),
      existing_codes: z
        .array(z.string())
        .openapi({ description: "Codes that existed before, or are repeated in this request" }),
      invalid_codes: z
        .array(z.string())
        .openapi({ description: "Codes that are not 12 letters and digits; they are not stored" }),
    }),
    timestamp: time,
  })
  .openapi("MusicQRSyncedCodes");

export const partlySyncedSchema = errorSchema
  .extend({
    synced_count: count,
    skipped_count: count,
    details: z.object({
      new_codes: z.array(z.string()),
      existing_codes: z.array(z.string()),
      invalid_codes: z.array(z.string()),
      failed_codes: z
        .array(z.string())
        .openapi({ description: "Codes that were not stored; send them again" }),
    }),
  })
  .openapi("MusicQRPartlySyncedCodes");

export const batchResultSchema = z.object({
  code: z.string(),
  valid: z.boolean(),
  activated: z.boolean(),
  activation_date: time.nullable(),
  query_count: count,
});

export const codeSchema = z
  .object({
    code: z.string().openapi({ example: "ABCD12345678" }),
    created_date: time,
    activated: z.boolean(),
    activation_date: time.nullable(),
    activation_ip: z.string().nullable().openapi({ example: "192.168.1.100" }),
    query_count: count.openapi({ example: 15 }),
    last_query_date: time.nullable(),
    status: z.enum(["unactivated", "activated", "revoked"]),
    revoked_date: time.nullable(),
  })
  .openapi("MusicQRCode");

export const codeDetailSchema = codeSchema
  .extend({ activation_country: z.string().nullable(), activation_user_agent: z.string().nullable() })
  .openapi("MusicQRCodeDetail");

export const scanSchema = z
  .object({
    time,
    times: count.openapi({ description: "The scans by this device within about a second" }),
    ip: z.string(),
    country: z.string().nullable(),
    user_agent: z.string(),
  })
  .openapi("MusicQRScan");

export const daySchema = z.object({
  date: z.string().openapi({ example: "2024-08-08" }),
  scans: count,
  invalid: count,
  activations: count,
});

const ZONED = /(Z|[+-]\d{2}:?\d{2})$/i;
const DATE_TIME = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?$/i;

/** Reads a `created_date` as ms UTC. A time without a zone is read as UTC. Undefined if it is not a date. */
export const parseTime = (text: string): number | undefined => {
  if (!DATE_TIME.test(text)) return undefined;
  const dated = text.length === 10 ? `${text}T00:00:00` : text.replace(" ", "T");
  const ms = Date.parse(ZONED.test(text) && text.length > 10 ? dated : `${dated}Z`);
  // `Date.parse` would read 30 February as a day in March.
  const day = text.slice(0, 10);
  const midnight = Date.parse(`${day}T00:00:00Z`);
  const isDay = !Number.isNaN(midnight) && new Date(midnight).toISOString().startsWith(day);
  return !isDay || Number.isNaN(ms) || ms < 0 ? undefined : ms;
};

/** A `created_date` in a request, read as ms UTC. */
export const timeInput = z
  .string()
  .max(40)
  .transform((text, ctx) => {
    const ms = parseTime(text);
    if (ms !== undefined) return ms;
    ctx.addIssue({ code: "custom", message: "must be an ISO 8601 date and time" });
    return z.NEVER;
  })
  .openapi({
    type: "string",
    format: "date-time",
    description: "A time without a zone is read as UTC",
    example: "2024-08-08T12:00:00Z",
  });
