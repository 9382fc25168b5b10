import { env } from "cloudflare:workers";
import { SQLiteAsyncDialect } from "drizzle-orm/sqlite-core";
import { describe, expect, it } from "vitest";
// Imported directly to explain the plans of the statements.
import { matching, pageOfKeys } from "../../src/products/musicqr/domain/directory.ts";
import { CODE_ORDERS, CODE_STATUSES, type ListQuery } from "../../src/products/musicqr/domain/index.ts";
import { requestJson } from "../support/http.ts";
import { randomCodes, signedIn } from "../support/musicqr.ts";

interface ListAnswer {
  data: {
    codes: { code: string; status: string; query_count: number; created_date: string }[];
    pagination: { page: number; per_page: number; total: number; pages: number; total_capped?: true };
  };
}

const headers = await signedIn();
const list = (query: string) => requestJson<ListAnswer>(`/admin/api/codes?${query}`, { headers });

const TOTAL = 4_500;
const codes = randomCodes(TOTAL).map((code, i) => (i < 40 ? `TEST${code.slice(4)}` : code));
const rows = codes.map((code, i) => ({
  code,
  // The values repeat, so that rows with an equal first part of the sort key need the second part.
  createdAt: 1_700_000_000_000 + (i % 900) * 1_000,
  activatedAt: i % 3 === 0 ? 1_710_000_000_000 + (i % 50) : null,
  queryCount: i % 3 === 0 ? i % 17 : 0,
  revokedAt: i % 10 === 0 ? 1_720_000_000_000 : null,
}));
await env.DB.prepare(
  `INSERT INTO codes (code, created_at, activated_at, query_count, revoked_at, last_query_at)
   SELECT value->>'code', value->>'createdAt', value->>'activatedAt', value->>'queryCount', value->>'revokedAt', value->>'activatedAt'
   FROM json_each(?)`,
)
  .bind(JSON.stringify(rows))
  .run();

const statusOf = (row: (typeof rows)[number]) =>
  row.revokedAt !== null ? "revoked" : row.activatedAt !== null ? "activated" : "unactivated";

describe("a page of codes", () => {
  it("has the documented shape", async () => {
    const { status, body } = await list("page=1&per_page=20&status=activated");
    expect(status).toBe(200);
    expect(body).toMatchObject({ success: true });
    expect(body.data.codes).toHaveLength(20);
    expect(body.data.codes[0]).toMatchObject({
      code: expect.stringMatching(/^[A-Z0-9]{12}$/),
      created_date: expect.any(String),
      activated: true,
      activation_date: expect.any(String),
      activation_ip: null,
      query_count: expect.any(Number),
      last_query_date: expect.any(String),
    });
    const total = rows.filter((row) => statusOf(row) === "activated").length;
    expect(body.data.pagination).toEqual({ page: 1, per_page: 20, total, pages: Math.ceil(total / 20) });
  });

  it("contains the newest twenty codes by default", async () => {
    const { body } = await list("");
    expect(body.data.pagination).toMatchObject({ page: 1, per_page: 20, total: TOTAL });
    const dates = body.data.codes.map(({ created_date }) => created_date);
    expect(dates).toEqual(dates.toSorted().reverse());
  });

  const orders = CODE_ORDERS.flatMap((sort) =>
    (["asc", "desc"] as const).flatMap((order) =>
      ["all", ...CODE_STATUSES].map((status) => [sort, order, status] as const),
    ),
  );

  it.each(orders)("by %s %s of %s: the pages hold every code once, in order", async (sort, order, status) => {
    const wanted = rows.filter((row) => status === "all" || statusOf(row) === status);
    const keyOf = {
      created_date: (r: (typeof rows)[number]) => r.createdAt,
      code: (r: (typeof rows)[number]) => r.code,
      activation_date: (r: (typeof rows)[number]) => r.activatedAt ?? 0,
      query_count: (r: (typeof rows)[number]) => r.queryCount,
      last_query_date: (r: (typeof rows)[number]) => r.activatedAt ?? 0,
    }[sort];
    const byCode = new Map(rows.map((row) => [row.code, row]));
    const seen: string[] = [];
    // Reads every page, because the deep ones start at an anchor.
    const pages = Math.ceil(wanted.length / 100);
    for (let page = 1; page <= pages; page++) {
      const { body } = await list(`sort=${sort}&order=${order}&status=${status}&per_page=100&page=${page}`);
      seen.push(...body.data.codes.map(({ code }) => code));
    }
    expect(seen).toHaveLength(wanted.length);
    expect(new Set(seen)).toEqual(new Set(wanted.map(({ code }) => code)));
    const values = seen.map((code) => keyOf(byCode.get(code) as (typeof rows)[number]));
    const sorted = values.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    expect(values).toEqual(order === "asc" ? sorted : sorted.reverse());
  });

  it("beyond the last page is empty", async () => {
    const { status, body } = await list("page=100000");
    expect(status).toBe(200);
    expect(body.data.codes).toEqual([]);
    expect(body.data.pagination.total).toBe(TOTAL);
  });

  it.each([
    "page=0",
    "page=x",
    "page=1.5",
    "per_page=101",
    "per_page=0",
    "status=other",
    "sort=ip",
    "sort=code;drop",
    "order=up",
    "colour=red",
  ])("requested with %s is 400", async (query) => {
    const { status, body } = await list(query);
    expect(status).toBe(400);
    expect(body).toMatchObject({ success: false, error_code: "INVALID_REQUEST" });
  });
});

describe("searching", () => {
  it("finds any part of a code of three characters or more", async () => {
    const code = codes[77] ?? "";
    for (const part of [
      code,
      code.slice(0, 5),
      code.slice(4, 9),
      code.slice(-4),
      code.slice(2, 11).toLowerCase(),
    ]) {
      const { body } = await list(`search=${part}`);
      expect(body.data.codes.map((found) => found.code)).toContain(code);
      for (const found of body.data.codes) expect(found.code).toContain(part.toUpperCase());
    }
  });

  it("finds codes by their first one or two characters", async () => {
    const { body } = await list("search=TE&per_page=100");
    expect(body.data.codes.length).toBeGreaterThanOrEqual(40);
    for (const { code } of body.data.codes) expect(code.startsWith("TE")).toBe(true);
  });

  it("combines with filter, order and pages", async () => {
    const first = await list("search=TEST&status=unactivated&sort=code&order=asc&per_page=10&page=1");
    const second = await list("search=TEST&status=unactivated&sort=code&order=asc&per_page=10&page=2");
    const wanted = rows
      .filter((row) => row.code.includes("TEST") && statusOf(row) === "unactivated")
      .map(({ code }) => code)
      .toSorted();
    expect(first.body.data.pagination.total).toBe(wanted.length);
    expect([...first.body.data.codes, ...second.body.data.codes].map(({ code }) => code)).toEqual(
      wanted.slice(0, 20),
    );
  });

  it.each(["%25", "_____", "'%20OR%201=1", "%22NEAR(", "AB*", "中文中", "ABC-DEF"])(
    "for %s finds nothing and causes no error",
    async (term) => {
      const { status, body } = await list(`search=${term}`);
      expect(status).toBe(200);
      expect(body.data.codes).toEqual([]);
    },
  );
});

describe("the query plan of a list", () => {
  const dialect = new SQLiteAsyncDialect();
  const plan = async (statement: ReturnType<typeof pageOfKeys>): Promise<string[]> => {
    const { sql, params } = dialect.sqlToQuery(statement);
    const { results } = await env.DB.prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .bind(...params)
      .all<{ detail: string }>();
    return results.map(({ detail }) => detail);
  };
  const query = (change: Partial<ListQuery>): ListQuery => ({
    page: 1,
    perPage: 20,
    status: "all",
    order: "created_date",
    descending: true,
    ...change,
  });

  const lists = CODE_ORDERS.flatMap((order) =>
    (["all", ...CODE_STATUSES] as const).map((status) => [order, status] as const),
  );

  it.each(lists)("by %s of %s walks an index without a sort", async (order, status) => {
    const steps = (await plan(pageOfKeys(query({ order, status }), 20, 0))).filter((step) =>
      /codes|TEMP/.test(step),
    );
    expect(steps.length).toBeGreaterThan(0);
    for (const step of steps)
      expect(step).toMatch(/^SEARCH codes USING (COVERING )?INDEX codes_by_\w+ \(status=\?/);
  });

  it("of a search uses an index", async () => {
    const { sql } = await import("drizzle-orm");
    const long = await plan(sql`SELECT 1 FROM codes WHERE ${matching({ status: "all" }, "ABCD")}`);
    expect(long.join("\n")).toMatch(/codes_search VIRTUAL TABLE INDEX/);
    expect(long.join("\n")).toMatch(/SEARCH codes USING INTEGER PRIMARY KEY/);
    const short = await plan(sql`SELECT 1 FROM codes WHERE ${matching({ status: "activated" }, "AB")}`);
    expect(short.join("\n")).toMatch(/SEARCH codes USING (COVERING )?INDEX/);
  });
});
