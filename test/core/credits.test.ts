import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import {
  addEntry,
  type BalanceChange,
  balanceOf,
  isOverdraft,
  listEntries,
  ownBalanceOf,
} from "../../src/core/credits/index.ts";
import { primary } from "../../src/platform/db/client.ts";
import { transaction } from "../../src/platform/db/transaction.ts";
import { newMeter } from "../../src/platform/meter.ts";

const db = primary(env.DB, newMeter());
const newUserId = () => Math.floor(Math.random() * 1_000_000_000);

const add = (
  userId: number,
  amount: number,
  reference: string = crypto.randomUUID(),
  options = {},
  moves: BalanceChange = amount < 0 ? "given_first" : "own",
) =>
  transaction(db, [
    addEntry(
      {
        userId,
        amount,
        moves,
        type: amount < 0 ? "CONSUME" : "RECHARGE",
        description: "test",
        reference,
        at: Date.now(),
      },
      options,
    ),
  ]);

const ledgerOf = async (userId: number) =>
  (
    await db.$client
      .prepare("SELECT amount, balance, reference FROM credit_entries WHERE user_id = ? ORDER BY id")
      .bind(userId)
      .all<{ amount: number; balance: number; reference: string }>()
  ).results;

/** Expects that every balance is the sum of the entries up to it, and never below zero. Returns the last one. */
const expectConsistent = async (userId: number): Promise<number> => {
  let sum = 0;
  for (const { amount, balance } of await ledgerOf(userId)) {
    sum += amount;
    expect(balance).toBe(sum);
    expect(balance).toBeGreaterThanOrEqual(0);
  }
  expect(await balanceOf(db, userId)).toBe(sum);
  return sum;
};

const shuffled = <T>(values: readonly T[]): T[] =>
  values
    .map((value) => ({ value, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ value }) => value);

describe("the ledger", () => {
  it("is consistent under any interleaving of 200 debits, refunds and recharges, with one refund per task", async () => {
    for (let round = 0; round < 3; round++) {
      const userId = newUserId();
      await add(userId, 100);
      const tasks = Array.from({ length: 60 }, () => crypto.randomUUID());
      const work = shuffled([
        ...tasks.map(
          (id) => () => add(userId, -Math.ceil(Math.random() * 20), `task:${id}`, { onDuplicate: "fail" }),
        ),
        // Every refund is requested twice, some before their debit and some for debits that were refused.
        ...[...tasks, ...tasks].map((id) => () => add(userId, 5, `task-refund:${id}`)),
        ...Array.from({ length: 20 }, () => () => add(userId, Math.ceil(Math.random() * 10))),
      ]);
      const results = await Promise.allSettled(work.map((run) => run()));
      for (const result of results)
        if (result.status === "rejected") expect(isOverdraft(result.reason)).toBe(true);
      await expectConsistent(userId);
      const references = (await ledgerOf(userId)).map(({ reference }) => reference);
      expect(new Set(references).size).toBe(references.length);
      expect(references.filter((reference) => reference.startsWith("task-refund:"))).toHaveLength(60);
    }
  });

  it("refuses to overdraw and rolls back the rest of the transaction", async () => {
    const userId = newUserId();
    await add(userId, 10);
    const failing = transaction(db, [
      addEntry({
        userId,
        amount: 5,
        moves: "own",
        type: "REWARD",
        description: "",
        reference: `a:${userId}`,
        at: 0,
      }),
      addEntry({
        userId,
        amount: -16,
        moves: "own",
        type: "CONSUME",
        description: "",
        reference: `b:${userId}`,
        at: 0,
      }),
    ]);
    await expect(failing).rejects.toSatisfy(isOverdraft);
    expect(await expectConsistent(userId)).toBe(10);
  });

  it("admits exactly as many of 50 concurrent debits as the balance covers", async () => {
    const userId = newUserId();
    await add(userId, 17);
    const results = await Promise.allSettled(Array.from({ length: 50 }, () => add(userId, -1)));
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(17);
    expect(await expectConsistent(userId)).toBe(0);
  });

  it("skips an existing entry, also when the balance could not cover it again", async () => {
    const userId = newUserId();
    await add(userId, 10);
    const reference = `once:${userId}`;
    await add(userId, -10, reference);
    await add(userId, -10, reference);
    expect(await expectConsistent(userId)).toBe(0);
  });

  it("pages newest first", async () => {
    const userId = newUserId();
    for (let i = 1; i <= 5; i++) await add(userId, i);
    const { entries, total } = await listEntries(db, userId, { page: 2, limit: 2 });
    expect(total).toBe(5);
    expect(entries.map(({ amount }) => amount)).toEqual([3, 2]);
  });
});

/** A model of the same rules in plain code. It returns the rest of the given credits after each entry. */
const newModel = () => {
  let balance = 0;
  let given = 0;
  const taken = new Map<string, number>();
  return (amount: number, moves: BalanceChange, reference: string): [number, number] => {
    const before = given;
    balance += amount;
    if (moves === "given") given += amount;
    else if (moves === "given_first") given = Math.max(0, given + amount);
    else if (moves !== "own") given += Math.min(amount, taken.get(moves.restores) ?? 0);
    taken.set(reference, before - given);
    return [balance, given];
  };
};

const balancesOf = async (userId: number): Promise<[number, number][]> => {
  const { results } = await env.DB.prepare(
    "SELECT balance, given FROM credit_entries WHERE user_id = ? ORDER BY id",
  )
    .bind(userId)
    .all<{ balance: number; given: number }>();
  return results.map(({ balance, given }) => [balance, given]);
};

describe("given credits", () => {
  const gift = (userId: number, amount: number) => add(userId, amount, undefined, {}, "given");
  const spendOwn = (userId: number, amount: number, reference?: string) =>
    add(userId, -amount, reference, {}, "own");
  const refundOf = (userId: number, amount: number, id: string) =>
    add(userId, amount, `task-refund:${id}`, {}, { restores: `task:${id}` });

  it("are spent first, and a refund restores each kind as it was spent, in any order of refunds", async () => {
    const userId = newUserId();
    const [a, b] = [crypto.randomUUID(), crypto.randomUUID()];
    await gift(userId, 50);
    await add(userId, 40);
    await add(userId, -30, `task:${a}`);
    await add(userId, -40, `task:${b}`);
    await refundOf(userId, 30, a);
    await spendOwn(userId, 10);
    await refundOf(userId, 40, b);
    await refundOf(userId, 40, b);
    expect(await balancesOf(userId)).toEqual([
      [50, 50],
      [90, 50],
      [60, 20],
      [20, 0],
      [50, 30],
      [40, 30],
      [80, 50],
    ]);
    expect(await ownBalanceOf(db, userId)).toBe(30);
  });

  it("cannot pay for entries that require own credits, and stay unchanged by the refusal", async () => {
    const userId = newUserId();
    await gift(userId, 50);
    await expect(spendOwn(userId, 1)).rejects.toSatisfy(isOverdraft);
    await add(userId, 10);
    await expect(spendOwn(userId, 11)).rejects.toSatisfy(isOverdraft);
    await spendOwn(userId, 10);
    await expect(add(userId, -51)).rejects.toSatisfy(isOverdraft);
    expect(await balancesOf(userId)).toEqual([
      [50, 50],
      [60, 50],
      [50, 50],
    ]);
  });

  it("and own ones never fall below zero under any interleaving of generations, refunds and purchases", async () => {
    const userId = newUserId();
    await gift(userId, 40);
    await add(userId, 60);
    const tasks = Array.from({ length: 40 }, () => crypto.randomUUID());
    const work = shuffled([
      ...tasks.map((id) => () => add(userId, -7, `task:${id}`, { onDuplicate: "fail" })),
      ...Array.from({ length: 20 }, () => () => spendOwn(userId, 6)),
    ]);
    const done = await Promise.allSettled(work.map((run) => run()));
    for (const one of done) if (one.status === "rejected") expect(isOverdraft(one.reason)).toBe(true);
    const charged = (await ledgerOf(userId)).flatMap(({ reference }) =>
      reference.startsWith("task:") ? [reference.slice(5)] : [],
    );
    expect(charged.length).toBeGreaterThan(0);
    await Promise.all(shuffled(charged).map((id) => refundOf(userId, 7, id)));
    const model = newModel();
    const rows = await ledgerOf(userId);
    const expected = rows.map(({ amount, reference }, i) =>
      model(
        amount,
        i === 0
          ? "given"
          : reference.startsWith("task:")
            ? "given_first"
            : reference.startsWith("task-refund:")
              ? { restores: `task:${reference.slice(12)}` }
              : "own",
        reference,
      ),
    );
    expect(await balancesOf(userId)).toEqual(expected);
    expect(expected.at(-1)?.[1]).toBe(40);
    await expectConsistent(userId);
  });
});

describe("the migration that adds the balance of given credits", () => {
  /** The entries of a ledger before the migration, in order. */
  const LEDGER: readonly (readonly [number, "REWARD" | "CONSUME" | "REFUND" | "RECHARGE", string])[] = [
    [50, "REWARD", "signup:a"],
    [-20, "CONSUME", "task:t1"],
    [100, "RECHARGE", "order:o1"],
    [-60, "CONSUME", "task:t2"],
    [20, "REFUND", "task-refund:t1"],
    [-30, "CONSUME", "purchase:p1"],
    [60, "REFUND", "task-refund:t2"],
    [15, "REWARD", "sale:p9"],
    [-130, "CONSUME", "purchase:p2"],
    [5, "REWARD", "grant:g1"],
    [-7, "CONSUME", "task:t3"],
    [-3, "CONSUME", "task:t4"],
    [10, "RECHARGE", "order:o2"],
    [-10, "REFUND", "order-refund:o2"],
  ];
  /**
   * The given credits that remain after each entry. Before the migration, the second purchase could spend given
   * credits, and did.
   */
  const GIVEN = [50, 30, 30, 0, 20, 20, 50, 50, 5, 10, 3, 0, 0, 0];

  it("fills the column for existing ledgers, separately for each account", async () => {
    const table = `old_${crypto.randomUUID().replaceAll("-", "")}`;
    const migration = env.TEST_MIGRATIONS.find(({ name }) => name.includes("given_credits"));
    const queries = migration?.queries.map((query) => query.replaceAll("credit_entries", table)) ?? [];
    expect(queries.length).toBeGreaterThan(1);
    await env.DB.batch([
      env.DB.prepare(
        `CREATE TABLE ${table} (id integer PRIMARY KEY AUTOINCREMENT NOT NULL, user_id integer NOT NULL,
          amount integer NOT NULL, balance integer NOT NULL CHECK (balance >= 0), type text NOT NULL,
          reference text NOT NULL UNIQUE)`,
      ),
      env.DB.prepare(`CREATE INDEX ${table}_by_user ON ${table} (user_id, id)`),
    ]);
    // Three accounts with interleaved entries, and one that never received given credits.
    const balances = new Map<number, number>();
    const inserts = LEDGER.flatMap(([amount, type, reference]) =>
      [1, 2, 3].map((userId) => {
        const balance = (balances.get(userId) ?? 0) + amount;
        balances.set(userId, balance);
        const [kind, id] = reference.split(":");
        return env.DB.prepare(
          `INSERT INTO ${table} (user_id, amount, balance, type, reference) VALUES (?, ?, ?, ?, ?)`,
        ).bind(userId, amount, balance, type, `${kind}:${userId}-${id}`);
      }),
    );
    const other = env.DB.prepare(
      `INSERT INTO ${table} (user_id, amount, balance, type, reference) VALUES (4, 30, 30, 'RECHARGE', 'order:4')`,
    );
    await env.DB.batch([...inserts, other]);
    for (const query of queries) await env.DB.prepare(query).run();
    for (const [userId, expected] of [
      [1, GIVEN],
      [2, GIVEN],
      [3, GIVEN],
      [4, [0]],
    ] as const) {
      const { results } = await env.DB.prepare(`SELECT given FROM ${table} WHERE user_id = ? ORDER BY id`)
        .bind(userId)
        .all<{ given: number }>();
      expect(results.map(({ given }) => given)).toEqual(expected);
    }
    await env.DB.prepare(`DROP TABLE ${table}`).run();
  });
});
