import { codes } from "../../../platform/db/schema/codes.ts";
import { CODE_STATUSES, type CodeRecord } from "./model.ts";

export const recordColumns = {
  code: codes.code,
  status: codes.status,
  createdAt: codes.createdAt,
  activatedAt: codes.activatedAt,
  activationIp: codes.activationIp,
  activationCountry: codes.activationCountry,
  activationUserAgent: codes.activationUserAgent,
  revokedAt: codes.revokedAt,
  queryCount: codes.queryCount,
  lastQueryAt: codes.lastQueryAt,
};

export type CodeRow = Omit<CodeRecord, "status"> & { readonly status: number | null };

export const toRecord = (row: CodeRow): CodeRecord => ({
  ...row,
  status: CODE_STATUSES[row.status ?? 0] ?? "unactivated",
});
