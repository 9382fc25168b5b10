import journal from "../../../migrations/meta/_journal.json";

/** The latest migration that this version of the Worker needs. Migrations are applied in order. */
const LATEST = `${journal.entries.at(-1)?.tag}.sql`;

/** Whether a migration is in the table of `wrangler d1 migrations`, which exists once the first one was applied. */
const isApplied = async (database: D1Database, name: string): Promise<boolean> => {
  try {
    const row = await database.prepare("SELECT 1 FROM d1_migrations WHERE name = ?1").bind(name).first();
    return row !== null;
  } catch (error) {
    if (String(error).includes("no such table: d1_migrations")) return false;
    throw error;
  }
};

/**
 * Returns the migration that the database lacks; undefined where it is up to date. Reads one row by a unique name.
 */
export const missingMigration = async (database: D1Database): Promise<string | undefined> =>
  (await isApplied(database, LATEST)) ? undefined : LATEST;
