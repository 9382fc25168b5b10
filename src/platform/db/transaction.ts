import { SQL } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import { SQLiteAsyncDialect } from "drizzle-orm/sqlite-core";
import type { Database } from "./client.ts";

/** A query of drizzle's builder, or an SQL statement where the builder cannot express it. */
export type Statement = SQL | BatchItem<"sqlite">;

/**
 * What a statement gives: the rows or the result of a builder's query. `sql<Row>` gives D1's own result, with rows of
 * the type that the statement names.
 */
export type StatementResult<S extends Statement> =
  S extends SQL<infer Row> ? D1Result<Row> : S extends BatchItem<"sqlite"> ? S["_"]["result"] : never;

/** The results of statements in their order. */
export type StatementResults<S extends readonly Statement[]> = {
  -readonly [K in keyof S]: StatementResult<S[K]>;
};

const dialect = new SQLiteAsyncDialect();

/** What drizzle's `batch` calls of an item. Its own raw queries lack `stmt`, so they cannot have parameters there. */
const rawItem = (db: Database, statement: SQL) => {
  const query = dialect.sqlToQuery(statement);
  const prepared = {
    stmt: db.$client.prepare(query.sql),
    getQuery: () => query,
    mapResult: (result: D1Result) => result,
  };
  return { _prepare: () => prepared };
};

/**
 * Runs statements in one transaction and one round trip. D1 has a single writer: no other write happens between them,
 * and if one fails, none takes effect. Returns the result of each statement in order.
 */
export const transaction = async <const S extends readonly Statement[]>(
  db: Database,
  statements: S,
): Promise<StatementResults<S>> => {
  const items = statements.map((statement) =>
    statement instanceof SQL ? rawItem(db, statement) : statement,
  );
  // D1 refuses an empty batch. The casts: drizzle's types know neither our raw items nor a list of unknown length.
  const results = items.length === 0 ? [] : await db.batch(items as unknown as [BatchItem<"sqlite">]);
  return results as unknown as StatementResults<S>;
};
