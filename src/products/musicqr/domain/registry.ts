import { eq, inArray, sql } from "drizzle-orm";
import type { Failure } from "../../../lib/domain-error.ts";
import { err, ok, type Result } from "../../../lib/result.ts";
import type { Database } from "../../../platform/db/client.ts";
import { codes } from "../../../platform/db/schema/codes.ts";
import { newCode, normalizeCode } from "./code.ts";
import type { CodeRecord } from "./model.ts";
import { type CodeRow, recordColumns, toRecord } from "./rows.ts";

/**
 * Codes per statement. D1 has one writer, so a write must be short enough not to delay first activations for long.
 */
const CODES_PER_CHUNK = 1_000;
/** D1 binds at most 100 parameters in a statement. */
const CODES_PER_STATEMENT = 100;

export interface NewCode {
  readonly code: string;
  /** ms UTC */
  readonly createdAt: number;
}

/** The result of adding codes; each submitted code is in exactly one of the lists. */
export interface AddOutcome {
  readonly added: readonly string[];
  /** Stored before, or repeated in the same request. */
  readonly existing: readonly string[];
  readonly malformed: readonly string[];
  /** All codes of the chunks whose write failed; none of them was stored. */
  readonly failed: readonly string[];
}

/**
 * Adds codes. Each chunk of 1,000 is one statement, so it is stored completely or not at all. Adding the same codes
 * again changes nothing.
 */
export const addCodes = async (
  db: Database,
  given: readonly { readonly code: string; readonly createdAt: number }[],
  onFailure: (error: unknown) => void,
): Promise<AddOutcome> => {
  const fresh = new Map<string, number>();
  const existing: string[] = [];
  const malformed: string[] = [];
  for (const { code: input, createdAt } of given) {
    const code = normalizeCode(input);
    if (code === undefined) malformed.push(input);
    else if (fresh.has(code)) existing.push(code);
    else fresh.set(code, createdAt);
  }

  const added: string[] = [];
  const failed: string[] = [];
  const entries = [...fresh];
  for (let i = 0; i < entries.length; i += CODES_PER_CHUNK) {
    const chunk = entries.slice(i, i + CODES_PER_CHUNK);
    try {
      const rows = await db.all<{ code: string }>(sql`
        INSERT INTO codes (code, created_at)
        SELECT value->>0, value->>1 FROM json_each(${JSON.stringify(chunk)}) WHERE true
        ON CONFLICT (code) DO NOTHING RETURNING code`);
      const stored = new Set(rows.map((row) => row.code));
      for (const [code] of chunk) (stored.has(code) ? added : existing).push(code);
    } catch (error) {
      onFailure(error);
      for (const [code] of chunk) failed.push(code);
    }
  }
  return { added, existing, malformed, failed };
};

/** Creates and adds new codes. A code drawn twice within one call (chance 1 in 2^60 per pair) is drawn again. */
export const generateCodes = async (
  db: Database,
  count: number,
  createdAt: number,
  onFailure: (error: unknown) => void,
): Promise<AddOutcome> => {
  const drawn = new Set<string>();
  while (drawn.size < count) drawn.add(newCode());
  return addCodes(
    db,
    [...drawn].map((code) => ({ code, createdAt })),
    onFailure,
  );
};

/** Returns the records of these codes by code; unknown codes are left out. One statement per 100 codes. */
export const findCodes = async (
  db: Database,
  wanted: readonly string[],
): Promise<ReadonlyMap<string, CodeRecord>> => {
  const unique = [...new Set(wanted)];
  const statements = [];
  for (let i = 0; i < unique.length; i += CODES_PER_STATEMENT) {
    const part = unique.slice(i, i + CODES_PER_STATEMENT);
    statements.push(db.select(recordColumns).from(codes).where(inArray(codes.code, part)));
  }
  const [first, ...rest] = statements;
  if (!first) return new Map();
  const rows: CodeRow[] = (await db.batch([first, ...rest])).flat();
  return new Map(rows.map((row) => [row.code, toRecord(row)]));
};

/** Revokes a code: from now on it is not genuine. Revoking it again changes nothing. */
export const revokeCode = async (
  db: Database,
  code: string,
  now: number,
): Promise<Result<CodeRecord, Failure<"code_unknown">>> =>
  change(
    db
      .update(codes)
      .set({ revokedAt: sql`ifnull(${codes.revokedAt}, ${now})` })
      .where(eq(codes.code, code))
      .returning(recordColumns),
  );

/** Undoes the revocation of a code. */
export const restoreCode = async (
  db: Database,
  code: string,
): Promise<Result<CodeRecord, Failure<"code_unknown">>> =>
  change(db.update(codes).set({ revokedAt: null }).where(eq(codes.code, code)).returning(recordColumns));

/** Deletes a code and its scan history. */
export const deleteCode = async (
  db: Database,
  code: string,
): Promise<Result<CodeRecord, Failure<"code_unknown">>> =>
  change(db.delete(codes).where(eq(codes.code, code)).returning(recordColumns));

const change = async (
  statement: PromiseLike<CodeRow[]>,
): Promise<Result<CodeRecord, Failure<"code_unknown">>> => {
  const [row] = await statement;
  return row ? ok(toRecord(row)) : err({ code: "code_unknown" });
};
