import Papa from "papaparse";
import type { CodeRecord, NewCode } from "../../../core/codes/index.ts";
import { err, ok, type Result } from "../../../lib/result.ts";
import { isoTime, parseTime } from "../wire.ts";

const MAX_ROWS = 50_000;
/** Spreadsheets read a file without it in the encoding of their country. */
const BYTE_ORDER_MARK = "\uFEFF";

const COLUMNS = [
  "code",
  "status",
  "created_date",
  "activation_date",
  "activation_ip",
  "query_count",
  "last_query_date",
] as const;

/** The codes of a CSV file. Without a header row the first column is the code, the second its date. */
export const parseCodesCsv = (text: string, now: number): Result<NewCode[]> => {
  const { data } = Papa.parse<string[]>(text.replace(BYTE_ORDER_MARK, ""), { skipEmptyLines: "greedy" });
  const header = data[0]?.map((name) => name.trim().toLowerCase()) ?? [];
  const hasHeader = header.includes("code");
  const codeColumn = hasHeader ? header.indexOf("code") : 0;
  const dateColumn = hasHeader ? header.indexOf("created_date") : 1;
  const rows = hasHeader ? data.slice(1) : data;
  if (rows.length === 0) return invalid("the file has no codes");
  if (rows.length > MAX_ROWS) return invalid(`the file has more than ${MAX_ROWS} rows`);
  return ok(
    rows.map((row) => ({
      code: (row[codeColumn] ?? "").slice(0, 64),
      createdAt: parseTime((row[dateColumn] ?? "").trim()) ?? now,
    })),
  );
};

const invalid = (message: string) => err({ code: "invalid_request", issues: [{ path: "", message }] });

const csvLines = (rows: readonly (readonly unknown[])[]): string =>
  `${Papa.unparse(rows as unknown[][], { newline: "\r\n", escapeFormulae: true })}\r\n`;

const toRow = (record: CodeRecord): unknown[] => [
  record.code,
  record.status,
  isoTime(record.createdAt),
  record.activatedAt === null ? "" : isoTime(record.activatedAt),
  record.activationIp ?? "",
  record.queryCount,
  record.lastQueryAt === null ? "" : isoTime(record.lastQueryAt),
];

/** A CSV file of codes as a stream: a million of them pass through the memory of a few. */
export const codesCsv = (parts: AsyncIterator<readonly CodeRecord[]>): ReadableStream<Uint8Array> => {
  const encoder = new TextEncoder();
  return new ReadableStream({
    start: (controller) => controller.enqueue(encoder.encode(BYTE_ORDER_MARK + csvLines([COLUMNS]))),
    async pull(controller) {
      const { done, value } = await parts.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(csvLines(value.map(toRow))));
    },
    async cancel() {
      await parts.return?.();
    },
  });
};
