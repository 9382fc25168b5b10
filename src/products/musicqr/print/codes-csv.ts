import Papa from "papaparse";
import type { CodeRecord } from "../domain/index.ts";
import { isoTime } from "../to-wire.ts";

/** Without it, spreadsheets read a file in their regional encoding. */
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

/** Streams codes as CSV, so that even a million codes need the memory of a few. */
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
