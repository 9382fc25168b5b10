import type { z } from "@hono/zod-openapi";
import type {
  batchResultSchema,
  codeDetailSchema,
  codeSchema,
  scanSchema,
  statusSchema,
  verificationSchema,
} from "./contract.ts";
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
