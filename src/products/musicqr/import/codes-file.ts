import Papa from "papaparse";
import type { Failure } from "../../../lib/domain-error.ts";
import { type NewCode, normalizeCode } from "../domain/index.ts";
import { decodeText } from "./decode-text.ts";
import { type DateProblem, readSpreadsheetDate } from "./spreadsheet-date.ts";

const MAX_ROWS = 50_000;
/** The largest number of cells that are reported one by one. */
const MAX_TOLD = 20;
/** A longer date cell cannot be read. Codes and reported cells are cut to this length. */
const MAX_CELL = 64;

/** Accepted column names: those of this platform and those its users write. */
const CODE_COLUMNS = ["code", "授权码", "验证码"];
const DATE_COLUMNS = ["created_date", "创建时间", "创建日期"];

export interface DateCell {
  /** The row number as a spreadsheet shows it: the header is row 1. */
  readonly row: number;
  readonly text: string;
  readonly problem: DateProblem;
}

/** The reason why a whole file is refused. */
export type FileProblem =
  | { readonly kind: "encoding" | "no_codes" | "too_many_rows" }
  | { readonly kind: "dates"; readonly cells: readonly DateCell[]; readonly total: number };

export type CodesFile = { readonly codes: readonly NewCode[] } | { readonly problem: FileProblem };

/** Excel's optional first line that names the separator. Excel does not count it as a row. */
const SEPARATOR_LINE = /^sep=(.)\r?\n/i;

const SEPARATORS = [",", ";", "\t", "|"];

/** Returns the separator that occurs most often in the first line, outside of quotes. */
const separatorOf = (text: string): string => {
  const line = text.split(/\r\n|\r|\n/).find((one) => one.trim() !== "") ?? "";
  const bare = line.replace(/"[^"]*"/g, "");
  const counted = SEPARATORS.map((separator) => ({ separator, count: bare.split(separator).length }));
  return counted.reduce((most, one) => (one.count > most.count ? one : most)).separator;
};

const rowsOf = (text: string): string[][] => {
  const rest = text.replace(SEPARATOR_LINE, "");
  const delimiter = SEPARATOR_LINE.exec(text)?.[1] ?? separatorOf(rest);
  return Papa.parse<string[]>(rest, { delimiter }).data;
};

const isBlank = (row: readonly string[]): boolean => row.every((cell) => cell.trim() === "");

/**
 * Reads the codes of a CSV file. Without a header row the first column is the code and the second its date. A row
 * without a date gets `now`. An unreadable date refuses the whole file, because it must not be replaced silently.
 */
export const readCodesFile = (bytes: Uint8Array, now: number): CodesFile => {
  const text = decodeText(bytes);
  if (text === undefined) return { problem: { kind: "encoding" } };
  const rows = rowsOf(text)
    .map((cells, i) => ({ cells, row: i + 1 }))
    .filter(({ cells }) => !isBlank(cells));
  const header = rows[0]?.cells.map((name) => name.trim().toLowerCase()) ?? [];
  const named = header.findIndex((name) => CODE_COLUMNS.includes(name));
  const codeColumn = Math.max(0, named);
  const dateColumn = named < 0 ? 1 : header.findIndex((name) => DATE_COLUMNS.includes(name));
  if (named >= 0) rows.shift();
  if (rows.length === 0) return { problem: { kind: "no_codes" } };
  if (rows.length > MAX_ROWS) return { problem: { kind: "too_many_rows" } };
  const codes: NewCode[] = [];
  const cells: DateCell[] = [];
  let total = 0;
  for (const { cells: row, row: number } of rows) {
    const code = (row[codeColumn] ?? "").slice(0, MAX_CELL);
    const cell = (row[dateColumn] ?? "").trim();
    // A row without a valid code, such as a total at the end, is reported as malformed later. Its date is not read.
    const date = cell === "" || normalizeCode(code) === undefined ? { ms: now } : readDate(cell);
    if ("problem" in date) {
      total++;
      if (cells.length < MAX_TOLD)
        cells.push({ row: number, text: cell.slice(0, MAX_CELL), problem: date.problem });
    } else codes.push({ code, createdAt: date.ms });
  }
  return total > 0 ? { problem: { kind: "dates", cells, total } } : { codes };
};

const readDate = (cell: string) =>
  cell.length > MAX_CELL ? ({ problem: "unreadable" } as const) : readSpreadsheetDate(cell);

const WHOLE_FILE = {
  encoding: "must be text in UTF-8, UTF-16 or GB18030",
  no_codes: "the file has no codes",
  too_many_rows: `the file has more than ${MAX_ROWS} rows`,
} as const;

const DATES: Record<DateProblem, string> = {
  unreadable: "is not a date; write YYYY-MM-DD or YYYY-MM-DD HH:MM:SS",
  ambiguous: "may be month/day or day/month; write YYYY-MM-DD",
};

/** Converts a problem to an error of the JSON API, with row and field of each cell. */
export const toInvalidRequest = (problem: FileProblem): Failure<"invalid_request"> => {
  if (problem.kind !== "dates")
    return { code: "invalid_request", issues: [{ path: "", message: WHOLE_FILE[problem.kind] }] };
  const { cells, total } = problem;
  const issues = cells.map(({ row, text, problem: reason }) => ({
    path: `rows.${row}.created_date`,
    message: `row ${row}, created_date: "${text}" ${DATES[reason]}`,
  }));
  const more = total - cells.length;
  return {
    code: "invalid_request",
    issues: more > 0 ? [...issues, { path: "", message: `and ${more} more rows` }] : issues,
  };
};
