import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** The values of `codes.status` and `code_totals.status`. */
export const CODE_STATUS = { unactivated: 0, activated: 1, revoked: 2 } as const;

/** Authorization codes printed on sheet music. Times are ms UTC. */
export const codes = sqliteTable(
  "codes",
  {
    id: integer("id").primaryKey(),
    code: text("code").notNull().unique(),
    createdAt: integer("created_at").notNull(),
    activatedAt: integer("activated_at"),
    activationIp: text("activation_ip"),
    activationCountry: text("activation_country"),
    activationUserAgent: text("activation_user_agent"),
    revokedAt: integer("revoked_at"),
    queryCount: integer("query_count").notNull().default(0),
    lastQueryAt: integer("last_query_at"),
    /** One of CODE_STATUS. */
    status: integer("status").generatedAlwaysAs(
      sql`CASE WHEN revoked_at IS NOT NULL THEN 2 WHEN activated_at IS NOT NULL THEN 1 ELSE 0 END`,
      { mode: "virtual" },
    ),
    /** `activatedAt` and `lastQueryAt` as sort keys: 0 instead of null, so that all values can be compared. */
    activationOrder: integer("activation_order").generatedAlwaysAs(sql`ifnull(activated_at, 0)`, {
      mode: "virtual",
    }),
    lastQueryOrder: integer("last_query_order").generatedAlwaysAs(sql`ifnull(last_query_at, 0)`, {
      mode: "virtual",
    }),
  },
  // The list reads one status at a time and merges the three for "all", so one index per sort order serves every
  // filter. Each index ends in `id`, so that the start of a page is unique even among equal values.
  (t) => [
    index("codes_by_created").on(t.status, t.createdAt, t.id),
    index("codes_by_code").on(t.status, t.code, t.id),
    index("codes_by_activation").on(t.status, t.activationOrder, t.id),
    index("codes_by_count").on(t.status, t.queryCount, t.id),
    index("codes_by_last_query").on(t.status, t.lastQueryOrder, t.id),
  ],
);

/** The number of codes of each status. Triggers maintain it, so that no query has to count. */
export const codeTotals = sqliteTable("code_totals", {
  status: integer("status").primaryKey(),
  count: integer("count").notNull(),
});

/** Statistics of a UTC day (`YYYY-MM-DD`). */
export const scanDays = sqliteTable("scan_days", {
  day: text("day").primaryKey(),
  /** All answered scans, of valid and invalid codes. */
  scans: integer("scans").notNull(),
  /** Those of them with an unknown or revoked code. */
  invalid: integer("invalid").notNull(),
  activations: integer("activations").notNull(),
});

/** Scan history of a code. Scans of one code by one device within one micro-batch share a row. */
export const scans = sqliteTable(
  "scans",
  {
    codeId: integer("code_id").notNull(),
    at: integer("at").notNull(),
    /** `<batch>:<position>`, which distinguishes rows of the same millisecond. */
    part: text("part").notNull(),
    times: integer("times").notNull(),
    ip: text("ip").notNull(),
    country: text("country"),
    userAgent: text("user_agent").notNull(),
  },
  (t) => [primaryKey({ columns: [t.codeId, t.at, t.part] }), index("scans_by_time").on(t.at)],
);

/** The ids of micro-batches that were counted. A queue delivers at least once, so a batch can arrive again. */
export const scanBatches = sqliteTable(
  "scan_batches",
  { id: text("id").primaryKey(), at: integer("at").notNull() },
  (t) => [index("scan_batches_by_time").on(t.at)],
);

/** The positions of every n-th row of the code list in a sort order. A deep page starts at the nearest one. */
export const codeListAnchors = sqliteTable("code_list_anchors", {
  /** `<order>:<status>` */
  list: text("list").primaryKey(),
  builtAt: integer("built_at").notNull(),
  /** JSON `[[value, id], …]`, ascending. */
  anchors: text("anchors").notNull(),
});
