import { z } from "@hono/zod-openapi";
import {
  activationRate,
  type CodeFigures,
  type CodeRecord,
  type ScanRecord,
  type Verdict,
} from "./domain/index.ts";

/** Formats a time as ISO 8601 in UTC to the second, as the API document does. */
export const isoTime = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

let lastSecond = 0;
let lastText = "";

/** Formats the current time like `isoTime`. Cached: each response contains it, and it changes once a second. */
const isoNow = (now: number): string => {
  const second = Math.floor(now / 1_000);
  if (second !== lastSecond) {
    lastSecond = second;
    lastText = isoTime(now);
  }
  return lastText;
};

const isoOrNull = (ms: number | null): string | null => (ms === null ? null : isoTime(ms));

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

export const toStatus = (figures: CodeFigures, now: number): z.infer<typeof statusSchema> => ({
  status: "running",
  timestamp: isoTime(now),
  version: "2.0.0",
  stats: {
    total_codes: figures.total,
    activated_codes: figures.activated,
    activation_rate: activationRate(figures),
    today_queries: figures.scansToday,
  },
});

const GENUINE = "正版乐谱，验证通过";
const NOT_GENUINE = "授权码不存在或无效";

export const toVerification = (
  code: string,
  verdict: Verdict,
  now: number,
): z.infer<typeof verificationSchema> => {
  const timestamp = isoNow(now);
  switch (verdict.kind) {
    case "genuine":
      return {
        valid: true,
        activated: true,
        code,
        message: GENUINE,
        activation_date: isoTime(verdict.activatedAt),
        query_count: verdict.queryCount,
        ...(verdict.firstActivation ? { first_activation: true as const } : {}),
        timestamp,
      };
    case "unactivated":
      return { valid: true, activated: false, code, message: GENUINE, timestamp };
    case "unknown":
    case "revoked":
      return { valid: false, activated: false, code, message: NOT_GENUINE, timestamp };
  }
};

/** Builds a result. A revoked code looks like an unknown one, because the API document has no third state. */
export const toBatchResult = (
  code: string,
  record: CodeRecord | undefined,
): z.infer<typeof batchResultSchema> => {
  const valid = record !== undefined && record.status !== "revoked";
  const activated = valid && record.status === "activated";
  return {
    code,
    valid,
    activated,
    activation_date: activated ? isoOrNull(record.activatedAt) : null,
    query_count: valid ? record.queryCount : 0,
  };
};

export const toCode = (record: CodeRecord): z.infer<typeof codeSchema> => ({
  code: record.code,
  created_date: isoTime(record.createdAt),
  activated: record.status === "activated",
  activation_date: isoOrNull(record.activatedAt),
  activation_ip: record.activationIp,
  query_count: record.queryCount,
  last_query_date: isoOrNull(record.lastQueryAt),
  status: record.status,
  revoked_date: isoOrNull(record.revokedAt),
});

export const toCodeDetail = (record: CodeRecord): z.infer<typeof codeDetailSchema> => ({
  ...toCode(record),
  activation_country: record.activationCountry,
  activation_user_agent: record.activationUserAgent,
});

export const toScan = (scan: ScanRecord): z.infer<typeof scanSchema> => ({
  time: isoTime(scan.at),
  times: scan.times,
  ip: scan.ip,
  country: scan.country,
  user_agent: scan.userAgent,
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
