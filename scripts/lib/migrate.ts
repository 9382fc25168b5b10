import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Miniflare } from "miniflare";
import { unstable_splitSqlQuery as splitSql } from "wrangler";
import { ROOT } from "./paths.ts";

/** The table of `wrangler d1 migrations`, so that both tools see the same history of a local database. */
const HISTORY = `CREATE TABLE IF NOT EXISTS d1_migrations(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT UNIQUE,
  applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
)`;

/** Applies the pending migrations to the local database, each file as one transaction, and returns their names. */
export const migrate = async (databaseId: string, persistTo: string): Promise<string[]> => {
  const files = (await readdir(join(ROOT, "migrations"))).filter((name) => name.endsWith(".sql")).toSorted();
  const miniflare = new Miniflare({
    resourcePersistencePath: persistTo,
    cf: false,
    telemetry: { enabled: false },
    workers: [
      {
        config: {
          name: "migrate",
          compatibilityDate: "2026-11-01",
          manifest: {
            mainModule: "none.js",
            modules: { "none.js": { type: "esm", contents: "export default {}" } },
          },
          env: { DB: { type: "d1", id: databaseId } },
          exports: {},
        },
      },
    ],
  });
  try {
    const database = await miniflare.getD1Database("DB");
    await database.prepare(HISTORY).run();
    const { results } = await database.prepare("SELECT name FROM d1_migrations").all<{ name: string }>();
    const done = new Set(results.map((row) => row.name));
    const fresh = files.filter((name) => !done.has(name));
    for (const name of fresh) {
      const statements = splitSql(await readFile(join(ROOT, "migrations", name), "utf8"));
      await database.batch([
        ...statements.map((sql) => database.prepare(sql)),
        database.prepare("INSERT INTO d1_migrations (name) VALUES (?)").bind(name),
      ]);
    }
    return fresh;
  } finally {
    await miniflare.dispose();
  }
};
