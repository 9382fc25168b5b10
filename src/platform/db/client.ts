import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import type { Meter } from "../meter.ts";

/** Drizzle over D1. */
export type Database = DrizzleD1Database & { readonly $client: D1Database };

type Connection = Pick<D1Database, "prepare" | "batch">;

/** Maps each metered statement that drizzle holds to D1's own, because a batch accepts only D1's own statements. */
const originals = new WeakMap<D1PreparedStatement, D1PreparedStatement>();

const meterStatement = (statement: D1PreparedStatement, meter: Meter): D1PreparedStatement => {
  const counted =
    <A extends unknown[], R>(call: (...args: A) => R) =>
    (...args: A): R => {
      meter.d1++;
      return call(...args);
    };
  const metered = {
    bind: (...values: unknown[]) => meterStatement(statement.bind(...values), meter),
    all: counted(() => statement.all()),
    run: counted(() => statement.run()),
    first: counted((column?: string) => (column === undefined ? statement.first() : statement.first(column))),
    raw: counted((options?: { columnNames?: false }) => statement.raw(options)),
  } as D1PreparedStatement;
  originals.set(metered, statement);
  return metered;
};

const metered = (connection: Connection, meter: Meter): D1Database =>
  ({
    prepare: (query: string) => meterStatement(connection.prepare(query), meter),
    batch: (statements: D1PreparedStatement[]) => {
      meter.d1++;
      return connection.batch(statements.map((s) => originals.get(s) ?? s));
    },
  }) as D1Database;

/** Connects to the primary, where a read sees every earlier write. */
export const primary = (db: D1Database, meter: Meter): Database => drizzle(metered(db, meter));

/** Connects to the nearest replica, which is fastest but may be slightly out of date. */
export const nearest = (db: D1Database, meter: Meter): Database =>
  drizzle(metered(db.withSession("first-unconstrained"), meter));

/** Whether a statement failed because `column` ("users.email") holds that value already. */
export const isUniqueViolation = (error: unknown, column: string): boolean => {
  for (let e = error; e instanceof Error; e = e.cause) {
    if (e.message.includes(`UNIQUE constraint failed: ${column}`)) return true;
  }
  return false;
};
