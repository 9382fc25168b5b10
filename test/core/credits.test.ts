import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { addEntry, balanceOf, isOverdraft, listEntries } from "../../src/core/credits/index.ts";
import { primary, runTransaction } from "../../src/platform/db/client.ts";
import { newMeter } from "../../src/platform/meter.ts";

const db = primary(env.DB, newMeter());
const newUserId = () => Math.floor(Math.random() * 1_000_000_000);

const add = (userId: number, amount: number, reference: string = crypto.randomUUID(), options = {}) =>
  runTransaction(db, [
    addEntry(
      {
        userId,
        amount,
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

/** Every row's balance is the sum of what came before it, and never below zero. */
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
  it("adds up under any interleaving of 200 debits, refunds and recharges, with one refund a task", async () => {
    for (let round = 0; round < 3; round++) {
      const userId = newUserId();
      await add(userId, 100);
      const tasks = Array.from({ length: 60 }, () => crypto.randomUUID());
      const work = shuffled([
        ...tasks.map(
          (id) => () => add(userId, -Math.ceil(Math.random() * 20), `task:${id}`, { repeated: "fail" }),
        ),
        // Every refund is told twice, some before their debit and some of debits that were refused.
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

  it("refuses what would overdraw and keeps the rest of the transaction out too", async () => {
    const userId = newUserId();
    await add(userId, 10);
    const failing = runTransaction(db, [
      addEntry({ userId, amount: 5, type: "REWARD", description: "", reference: `a:${userId}`, at: 0 }),
      addEntry({ userId, amount: -16, type: "CONSUME", description: "", reference: `b:${userId}`, at: 0 }),
    ]);
    await expect(failing).rejects.toSatisfy(isOverdraft);
    expect(await expectConsistent(userId)).toBe(10);
  });

  it("lets exactly as many of 50 debits at once through as the wallet holds", async () => {
    const userId = newUserId();
    await add(userId, 17);
    const results = await Promise.allSettled(Array.from({ length: 50 }, () => add(userId, -1)));
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(17);
    expect(await expectConsistent(userId)).toBe(0);
  });

  it("skips an entry that is there, though the wallet could not bear it again", async () => {
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
