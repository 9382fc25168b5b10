/**
 * Generation and power cuts: the server and its workerd are killed during work, three times, and restarted on the
 * same state. `KILLS` and `GENERATIONS` extend the test.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, it } from "vitest";
import { startSoraApi } from "../support/fakes/sora-api.ts";
import { startServer, type TestServer } from "../support/server.ts";

const KILLS = Number(process.env.KILLS ?? 3);
const GENERATIONS = Number(process.env.GENERATIONS ?? 50);
/** Limit in ms from the last start until the last task has ended. */
const SETTLED_MS = 180_000;
const PASSWORD = "correct horse battery staple";
/** Prompts that select the behaviour of the fake vendor; the sandbox generates the other tasks. */
const PROMPTS = ["a cat instant", "a dog", "moderated", "failing instant", "a bird instant"];

interface Row {
  readonly id: string;
  readonly state: string;
  readonly cost: number;
  readonly failure: string | null;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const post = async <T>(server: TestServer, path: string, body: unknown, token?: string): Promise<T> => {
  const headers = {
    "content-type": "application/json",
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  const answer = await fetch(server.origin + path, { method: "POST", headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as T;
};

/** Returns the only database file under a folder of the state. */
const databasesUnder = (stateDir: string, part: string): string[] => {
  const files = readdirSync(stateDir, { recursive: true, encoding: "utf8" });
  return files
    .filter((file) => file.includes(part) && file.endsWith(".sqlite"))
    .map((file) => join(stateDir, file));
};

const query = <T>(files: readonly string[], table: string, sql: string): T[] => {
  for (const file of files) {
    const database = new DatabaseSync(file, { readOnly: true });
    try {
      const known = database.prepare("SELECT 1 FROM sqlite_master WHERE name = ?").get(table);
      if (known) return database.prepare(sql).all() as T[];
    } finally {
      database.close();
    }
  }
  throw new Error(`no database has ${table}`);
};

it(`loses nothing over ${KILLS} power cuts`, { timeout: 600_000 }, async () => {
  const vendor = await startSoraApi();
  const vars = {
    ...vendor.vars,
    SORA_GENERAL_LIMIT: "100000",
    SORA_GENERATE_LIMIT: "100000",
    SORA_REGISTER_LIMIT: "100",
    REGISTER_NETWORK_LIMIT: "100",
  };
  let server = await startServer({ vars });
  const { stateDir } = server;
  const identity = { email: "crash@example.com", username: "crash", password: PASSWORD };
  const { accessToken } = await post<{ accessToken: string }>(server, "/api/auth/register", identity);
  await post(server, "/api/credits/recharge", { credits: 1_000, paymentMethod: "ALIPAY" }, accessToken);

  const submit = (i: number) =>
    post(
      server,
      "/api/videos/generate",
      i % 2 === 0
        ? { prompt: `sandbox number ${i}`, duration: 3, model: "sandbox" }
        : { prompt: `${PROMPTS[i % PROMPTS.length]} number ${i}`, duration: 4, model: "sora" },
      accessToken,
    ).catch(() => undefined);

  const perKill = Math.ceil(GENERATIONS / KILLS);
  for (let kill = 0; kill < KILLS; kill++) {
    const sent = Promise.all(Array.from({ length: perKill }, (_, i) => submit(kill * perKill + i)));
    await pause(200 + Math.random() * 3_000);
    await server.kill();
    await sent;
    server = await startServer({ vars, stateDir });
  }

  const living = "SELECT id FROM tasks WHERE state IN ('PENDING', 'PROCESSING')";
  const tables = databasesUnder(stateDir, "d1");
  const end = Date.now() + SETTLED_MS;
  while (query(tables, "tasks", living).length > 0) {
    if (Date.now() > end)
      throw new Error(
        `still living: ${JSON.stringify(query(tables, "tasks", living))}\n${server.logs().slice(-5_000)}`,
      );
    await pause(1_000);
  }

  const tasks = query<Row>(tables, "tasks", "SELECT id, state, cost, failure FROM tasks");
  expect(tasks.length).toBeGreaterThan(GENERATIONS / 4);
  expect(tasks.some(({ state }) => state === "COMPLETED")).toBe(true);
  // Every failed task is refunded once, and no other task is refunded.
  const entries = query<{ amount: number; balance: number; reference: string }>(
    tables,
    "credit_entries",
    "SELECT amount, balance, reference FROM credit_entries ORDER BY id",
  );
  const of = (reference: string) =>
    entries.filter((entry) => entry.reference === reference).map(({ amount }) => amount);
  for (const { id, state, cost } of tasks) {
    expect(of(`task:${id}`)).toEqual([-cost]);
    expect(of(`task-refund:${id}`)).toEqual(state === "COMPLETED" ? [] : [cost]);
  }
  // The ledger is consistent and has no entry of an unknown task.
  let sum = 0;
  for (const { amount, balance } of entries) {
    sum += amount;
    expect(balance).toBe(sum);
    expect(balance).toBeGreaterThanOrEqual(0);
  }
  expect(entries.filter(({ reference }) => reference.startsWith("task:"))).toHaveLength(tasks.length);
  // Every object belongs to a finished task.
  const finished = new Set(tasks.filter(({ state }) => state === "COMPLETED").map(({ id }) => id));
  const keys = query<{ key: string }>(
    databasesUnder(stateDir, "r2"),
    "_mf_objects",
    "SELECT key FROM _mf_objects",
  );
  const owners = keys.map(({ key }) => key.split("/")[1] ?? "");
  for (const owner of owners) expect(finished).toContain(owner);
  expect(new Set(owners).size).toBe(finished.size);

  const count = (state: string) => tasks.filter((task) => task.state === state).length;
  console.log(
    `${tasks.length} tasks: ${count("COMPLETED")} completed, ${count("FAILED")} failed and refunded`,
  );
  await server.stop();
});
