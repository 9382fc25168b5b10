import { and, desc, eq, lt, or } from "drizzle-orm";
import type { Failure } from "../../../lib/domain-error.ts";
import { err, ok, type Result } from "../../../lib/result.ts";
import type { Database } from "../../../platform/db/client.ts";
import { codes, scans } from "../../../platform/db/schema/codes.ts";
import type { ScanRecord } from "./model.ts";

/** A page of history, newest first. `next` is the cursor of the page after it. */
export interface HistoryPage {
  readonly scans: readonly ScanRecord[];
  readonly next: string | null;
}

const CURSOR = /^(\d{1,16})\.([\w:-]{1,64})$/;

/** Returns a page of a code's scans, newest first. A malformed cursor is an invalid request. */
export const scanHistory = async (
  db: Database,
  code: string,
  limit: number,
  cursor?: string,
): Promise<Result<HistoryPage, Failure<"code_unknown" | "invalid_request">>> => {
  const position = cursor === undefined ? undefined : CURSOR.exec(cursor);
  if (position === null) {
    return err({
      code: "invalid_request",
      issues: [{ path: "cursor", message: "must be the cursor that an earlier page of this list returned" }],
    });
  }
  const at = Number(position?.[1]);
  const part = position?.[2] ?? "";
  const [[known], rows] = await db.batch([
    db.select({ id: codes.id }).from(codes).where(eq(codes.code, code)),
    db
      .select({
        at: scans.at,
        part: scans.part,
        times: scans.times,
        ip: scans.ip,
        country: scans.country,
        userAgent: scans.userAgent,
      })
      .from(scans)
      .where(
        and(
          eq(scans.codeId, db.select({ id: codes.id }).from(codes).where(eq(codes.code, code))),
          position && or(lt(scans.at, at), and(eq(scans.at, at), lt(scans.part, part))),
        ),
      )
      .orderBy(desc(scans.at), desc(scans.part))
      .limit(limit + 1),
  ]);
  if (!known) return err({ code: "code_unknown" });
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return ok({
    scans: page.map(({ part: _, ...scan }) => scan),
    next: rows.length > limit && last ? `${last.at}.${last.part}` : null,
  });
};
