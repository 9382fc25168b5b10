import { randomCodes } from "./codes.ts";
import type { BenchPlatform } from "./platform.ts";

const CALLS = 15;
const CODES_A_STATEMENT = 5_000;

/** Inserts codes directly into the table, because creating a million codes through the API would take too long. */
const seed = async (platform: BenchPlatform, count: number): Promise<void> => {
  for (let done = 0; done < count; done += CODES_A_STATEMENT) {
    const rows = randomCodes(Math.min(CODES_A_STATEMENT, count - done)).map((code, i) => [
      code,
      1_700_000_000_000 + done * 60 + i,
    ]);
    await platform.database
      .prepare(
        `INSERT OR IGNORE INTO codes (code, created_at, activated_at, query_count, last_query_at)
         SELECT value->>0, value->>1, iif(rowid_of % 3 = 0, value->>1, NULL), iif(rowid_of % 3 = 0, rowid_of % 50, 0), NULL
         FROM (SELECT value, key AS rowid_of FROM json_each(?))`,
      )
      .bind(JSON.stringify(rows))
      .run();
  }
};

const signIn = async (platform: BenchPlatform): Promise<string> => {
  const response = await fetch(`${platform.origin}/admin/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username: "admin", password: "bench-password" }),
  });
  return response.headers.get("set-cookie")?.split(";")[0] ?? "";
};

/** Measures pages of the admin list: the first page, deep pages, and a search. */
export const benchList = async (platform: BenchPlatform, count: number) => {
  const startedAt = performance.now();
  await seed(platform, count);
  console.log(`  ${count} codes stored in ${((performance.now() - startedAt) / 1_000).toFixed(0)} s`);
  const cookie = await signIn(platform);
  const call = async (query: string): Promise<{ ms: number; total: number }> => {
    const from = performance.now();
    const response = await fetch(`${platform.origin}/admin/api/codes?${query}`, { headers: { cookie } });
    const body = (await response.json()) as { data: { pagination: { total: number }; codes: unknown[] } };
    if (!response.ok || body.data.codes.length === 0) throw new Error(`${query}: ${JSON.stringify(body)}`);
    return { ms: performance.now() - from, total: body.data.pagination.total };
  };
  const time = async (query: string): Promise<number> => {
    // The first call of a deep page computes the anchors of the list and stores them; later calls reuse them.
    // it.
    await call(query);
    const times = [];
    for (let i = 0; i < CALLS; i++) times.push((await call(query)).ms);
    return times.toSorted((a, b) => a - b)[CALLS >> 1] ?? 0;
  };

  const results: { what: string; figure: string; goal?: string }[] = [];
  for (const [name, query] of [
    ["newest first", ""],
    ["by code", "&sort=code&order=asc"],
    ["activated, by scans", "&sort=query_count&status=activated"],
    ["not activated, oldest first", "&order=asc&status=unactivated"],
  ] as const) {
    const { total } = await call(`page=1${query}`);
    const pages = Math.ceil(total / 20);
    const first = await time(`page=1${query}`);
    const deep = Math.max(await time(`page=${pages >> 1}${query}`), await time(`page=${pages}${query}`));
    results.push({
      what: `list of ${total}, ${name}: deep page compared with the first`,
      figure: `${(deep / first).toFixed(1)}x (${first.toFixed(1)} → ${deep.toFixed(1)} ms)`,
      goal: "<= 3x",
    });
  }
  const some = await platform.database
    .prepare("SELECT code FROM codes LIMIT 1 OFFSET 5000")
    .first<{ code: string }>();
  const part = some?.code.slice(4, 9) ?? "";
  results.push({
    what: "search for five letters of a code",
    figure: `${(await time(`search=${part}`)).toFixed(1)} ms`,
  });
  return results;
};
