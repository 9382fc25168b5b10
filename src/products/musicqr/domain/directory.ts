import { and, asc, eq, inArray, type SQL, sql } from "drizzle-orm";
import { MINUTE_MS } from "../../../lib/clock.ts";
import type { Database } from "../../../platform/db/client.ts";
import { CODE_STATUS, codeListAnchors, codes, codeTotals } from "../../../platform/db/schema/codes.ts";
import type { CodeRecord, CodeStatus } from "./model.ts";
import { type CodeRow, recordColumns, toRecord } from "./rows.ts";

export const CODE_ORDERS = [
  "created_date",
  "code",
  "activation_date",
  "query_count",
  "last_query_date",
] as const;
export type CodeOrder = (typeof CODE_ORDERS)[number];

export interface ListQuery {
  /** From 1. */
  readonly page: number;
  readonly perPage: number;
  /** The search term in upper case. Three or more characters match any part of a code, one or two its beginning. */
  readonly search?: string | undefined;
  readonly status: CodeStatus | "all";
  readonly order: CodeOrder;
  readonly descending: boolean;
}

export interface CodePage {
  readonly codes: readonly CodeRecord[];
  readonly total: number;
  /**
   * Whether a search found more than SEARCH_TOTAL_CAP codes; then `total` is the cap, as an exact count costs too
   * much.
   */
  readonly totalIsCapped: boolean;
}

export const SEARCH_TOTAL_CAP = 10_000;

/** The sort column of each order. Each one has an index (`status`, column, `id`). */
const ORDER_COLUMN: Record<CodeOrder, string> = {
  created_date: "created_at",
  code: "code",
  activation_date: "activation_order",
  query_count: "query_count",
  last_query_date: "last_query_order",
};

/** Rows between two anchors, which is the most a deep page has to skip. */
const ANCHOR_GAP = 1_000;
/** Anchors older than this are rebuilt in the background when a deep page is requested. */
const ANCHORS_FRESH_MS = MINUTE_MS;

type Key = readonly [value: string | number, id: number];

interface Anchors {
  readonly keys: readonly Key[];
  readonly builtAt: number;
}

/**
 * The list of codes. Any page of a million codes costs about as much as the first: one index serves each pair of
 * status and order, "all" merges the three statuses, and a deep page starts at the nearest anchor instead of at the
 * beginning. While codes are being added, the anchors, and so the numbers of deep pages, may be a minute behind.
 */
export class CodeDirectory {
  constructor(
    private readonly db: Database,
    private readonly clock: () => number,
    /** Keeps work running after the response (`waitUntil`). */
    private readonly defer: (work: Promise<unknown>) => void,
  ) {}

  async page(query: ListQuery): Promise<CodePage> {
    if (!query.search) return this.plainPage(query);
    // Other characters cannot be part of a code, and some are operators in the query syntax of the full-text index.
    if (!/^[A-Z0-9]{1,12}$/.test(query.search)) return { codes: [], total: 0, totalIsCapped: false };
    return this.searchPage(query, query.search);
  }

  private async plainPage(query: ListQuery): Promise<CodePage> {
    const offset = (query.page - 1) * query.perPage;
    const wanted = statusesOf(query.status);
    const totals = await this.db.select().from(codeTotals).where(inArray(codeTotals.status, wanted));
    const total = totals.reduce((sum, row) => sum + row.count, 0);
    if (offset >= total) return { codes: [], total, totalIsCapped: false };
    const start = offset < ANCHOR_GAP ? undefined : await this.startOf(query, offset, total);
    const rows = await this.db.all<{ id: number }>(
      pageOfKeys(query, query.perPage, start ? start.skip : offset, start && beyond(query, start.key)),
    );
    return { codes: await this.load(rows), total, totalIsCapped: false };
  }

  /** Returns the anchor before a deep page and the number of rows to skip after it. */
  private async startOf(
    query: ListQuery,
    offset: number,
    total: number,
  ): Promise<{ key: Key; skip: number } | undefined> {
    const anchors = await this.anchors(query);
    // Anchor k is row (k + 1) * ANCHOR_GAP of the ascending list, counted from 1.
    if (!query.descending) {
      const k = Math.min(Math.floor(offset / ANCHOR_GAP), anchors.keys.length) - 1;
      const key = anchors.keys[k];
      return key && { key, skip: offset - (k + 1) * ANCHOR_GAP };
    }
    // Counted from the current total, so that codes added at the top since the anchors were built do not shift the
    // page.
    const ascendingRow = total - offset;
    const k = Math.max(Math.ceil((ascendingRow + 1) / ANCHOR_GAP) - 1, 0);
    const key = anchors.keys[k];
    return key && { key, skip: (k + 1) * ANCHOR_GAP - 1 - ascendingRow };
  }

  private async anchors(query: ListQuery): Promise<Anchors> {
    const list = `${query.order}:${query.status}`;
    const [row] = await this.db.select().from(codeListAnchors).where(eq(codeListAnchors.list, list));
    if (!row) return this.buildAnchors(query, list);
    if (this.clock() - row.builtAt >= ANCHORS_FRESH_MS) this.defer(this.buildAnchors(query, list));
    return { keys: JSON.parse(row.anchors) as Key[], builtAt: row.builtAt };
  }

  private async buildAnchors(query: ListQuery, list: string): Promise<Anchors> {
    const ascending = { ...query, descending: false };
    const found = await this.db.all<{ v: string | number; id: number; n: number }>(sql`
      SELECT v, id, n FROM (
        SELECT v, id, row_number() OVER () AS n FROM (${pageOfKeys(ascending, -1, 0)})
      ) WHERE n % ${sql.raw(String(ANCHOR_GAP))} = 0`);
    const built: Anchors = { keys: found.map((row) => [row.v, row.id]), builtAt: this.clock() };
    const values = { anchors: JSON.stringify(built.keys), builtAt: built.builtAt };
    await this.db
      .insert(codeListAnchors)
      .values({ list, ...values })
      .onConflictDoUpdate({ target: codeListAnchors.list, set: values });
    return built;
  }

  private async searchPage(query: ListQuery, term: string): Promise<CodePage> {
    const offset = (query.page - 1) * query.perPage;
    const found = await this.db.all<{ n: number }>(
      sql`SELECT count(*) AS n FROM (SELECT 1 FROM codes WHERE ${matching(query, term)} LIMIT ${SEARCH_TOTAL_CAP + 1})`,
    );
    const total = Math.min(found[0]?.n ?? 0, SEARCH_TOTAL_CAP);
    const totalIsCapped = (found[0]?.n ?? 0) > SEARCH_TOTAL_CAP;
    if (offset >= total) return { codes: [], total, totalIsCapped };
    // Few matches are sorted. With many matches, walking the index in its order finds the next match within few rows.
    const rows = await this.db.all<{ id: number }>(
      totalIsCapped
        ? pageOfKeys(query, query.perPage, offset, sql`AND instr(code, ${term}) > 0`)
        : sortedMatches(query, term, offset),
    );
    return { codes: await this.load(rows), total, totalIsCapped };
  }

  private async load(keys: readonly { readonly id: number }[]): Promise<CodeRecord[]> {
    const rows: (CodeRow & { id: number })[] = await this.db
      .select({ id: codes.id, ...recordColumns })
      .from(codes)
      .where(
        inArray(
          codes.id,
          keys.map((key) => key.id),
        ),
      );
    const byId = new Map(rows.map((row) => [row.id, row]));
    return keys.flatMap(({ id }) => {
      const row = byId.get(id);
      if (!row) return [];
      const { id: _, ...record } = row;
      return [toRecord(record)];
    });
  }

  /** Yields all codes ordered by code, in parts of `partSize`, for an export. */
  async *all(status: CodeStatus | "all", partSize = 2_000): AsyncGenerator<readonly CodeRecord[]> {
    let after = "";
    for (;;) {
      const rows: CodeRow[] = await this.db
        .select(recordColumns)
        .from(codes)
        .where(
          and(
            sql`${codes.code} > ${after}`,
            status === "all" ? undefined : eq(codes.status, CODE_STATUS[status]),
          ),
        )
        .orderBy(asc(codes.code))
        .limit(partSize);
      if (rows.length === 0) return;
      yield rows.map(toRecord);
      after = rows.at(-1)?.code ?? after;
    }
  }
}

const statusesOf = (status: ListQuery["status"]): number[] =>
  status === "all" ? Object.values(CODE_STATUS) : [CODE_STATUS[status]];

const direction = (query: ListQuery): SQL => sql.raw(query.descending ? "DESC" : "ASC");

/** Builds the query for the `id` and sort value `v` of a page. `condition` filters each status before the merge. */
export const pageOfKeys = (query: ListQuery, limit: number, offset: number, condition: SQL = sql``): SQL => {
  const column = sql.raw(ORDER_COLUMN[query.order]);
  const parts = statusesOf(query.status).map(
    (status) =>
      sql`SELECT id, ${column} AS v FROM codes WHERE status = ${sql.raw(String(status))} ${condition}`,
  );
  return sql`SELECT id, v FROM (
    ${sql.join(parts, sql` UNION ALL `)} ORDER BY v ${direction(query)}, id ${direction(query)}
    LIMIT ${sql.raw(String(limit))} OFFSET ${sql.raw(String(offset))})`;
};

const beyond = (query: ListQuery, [value, id]: Key): SQL =>
  sql`AND (${sql.raw(ORDER_COLUMN[query.order])}, id) ${sql.raw(query.descending ? "<" : ">")} (${value}, ${id})`;

/** Builds the condition for the codes that match a search term; it uses an index. */
export const matching = (query: Pick<ListQuery, "status">, term: string): SQL => {
  const status =
    query.status === "all" ? sql`` : sql`AND status = ${sql.raw(String(CODE_STATUS[query.status]))}`;
  if (term.length < 3) return sql`code >= ${term} AND code < ${`${term}~`} ${status}`;
  const trigrams = new Set(Array.from({ length: term.length - 2 }, (_, i) => `"${term.slice(i, i + 3)}"`));
  // The index finds codes that contain all trigrams of the term; `instr` then checks that they are adjacent.
  return sql`id IN (SELECT rowid FROM codes_search WHERE codes_search MATCH ${[...trigrams].join(" AND ")})
    AND instr(code, ${term}) > 0 ${status}`;
};

const sortedMatches = (query: ListQuery, term: string, offset: number): SQL => {
  const column = sql.raw(`+${ORDER_COLUMN[query.order]}`);
  return sql`SELECT id FROM codes WHERE ${matching(query, term)}
    ORDER BY ${column} ${direction(query)}, id ${direction(query)} LIMIT ${query.perPage} OFFSET ${offset}`;
};
