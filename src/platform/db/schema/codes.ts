import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** `codes.status` and `code_totals.status`. */
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
    /** `activatedAt` and `lastQueryAt` as orders: never is before ever, and comparable. */
    activationOrder: integer("activation_order").generatedAlwaysAs(sql`ifnull(activated_at, 0)`, {
      mode: "virtual",
    }),
    lastQueryOrder: integer("last_query_order").generatedAlwaysAs(sql`ifnull(last_query_at, 0)`, {
      mode: "virtual",
    }),
  },
  // The list is read a status at a time, "all" as the merge of the three: one index an order serves every filter.
  // Each ends in `id`, so that a page has one exact beginning whatever repeats before it.
  (t) => [
    index("codes_by_created").on(t.status, t.createdAt, t.id),
    index("codes_by_code").on(t.status, t.code, t.id),
    index("codes_by_activation").on(t.status, t.activationOrder, t.id),
    index("codes_by_count").on(t.status, t.queryCount, t.id),
    index("codes_by_last_query").on(t.status, t.lastQueryOrder, t.id),
  ],
);

/** How many codes there are of each status. Kept by triggers, so that nobody has to count. */
export const codeTotals = sqliteTable("code_totals", {
  status: integer("status").primaryKey(),
  count: integer("count").notNull(),
});

/** Figures of a UTC day (`YYYY-MM-DD`). */
export const scanDays = sqliteTable("scan_days", {
  day: text("day").primaryKey(),
  /** Answered scans, genuine or not. */
  scans: integer("scans").notNull(),
  /** Of those: unknown or revoked codes. */
  invalid: integer("invalid").notNull(),
  activations: integer("activations").notNull(),
});

/** Scan history of a code. Scans of one code by one device within one micro-batch share a row. */
export const scans = sqliteTable(
  "scans",
  {
    codeId: integer("code_id").notNull(),
    at: integer("at").notNull(),
    /** Tells apart rows of the same millisecond: `<batch>:<position>`. */
    part: text("part").notNull(),
    times: integer("times").notNull(),
    ip: text("ip").notNull(),
    country: text("country"),
    userAgent: text("user_agent").notNull(),
  },
  (t) => [primaryKey({ columns: [t.codeId, t.at, t.part] }), index("scans_by_time").on(t.at)],
);

/** Micro-batches already added up: a queue delivers at least once. */
export const scanBatches = sqliteTable(
  "scan_batches",
  { id: text("id").primaryKey(), at: integer("at").notNull() },
  (t) => [index("scan_batches_by_time").on(t.at)],
);

/** Where every n-th row of an order of the code list stands: what makes a deep page as quick as the first. */
export const codeListAnchors = sqliteTable("code_list_anchors", {
  /** `<order>:<status>` */
  list: text("list").primaryKey(),
  builtAt: integer("built_at").notNull(),
  /** JSON `[[value, id], …]`, ascending. */
  anchors: text("anchors").notNull(),
});
