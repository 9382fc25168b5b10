import { randomInt } from "node:crypto";
import type { BenchPlatform } from "./platform.ts";

const LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

export const randomCode = (): string => Array.from({ length: 12 }, () => LETTERS[randomInt(32)]).join("");

export const randomCodes = (count: number): string[] => Array.from({ length: count }, randomCode);

const expectOk = async (response: Response): Promise<void> => {
  const body = await response.text();
  if (!response.ok) throw new Error(`${response.status} ${body}`);
};

/** Stores codes through the API. Returns the duration of the call in milliseconds. */
export const syncCodes = async (platform: BenchPlatform, codes: readonly string[]): Promise<number> => {
  const startedAt = performance.now();
  await expectOk(
    await fetch(`${platform.origin}/api/sync-codes`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-api-key": platform.apiKey },
      body: JSON.stringify({ codes: codes.map((code) => ({ code })) }),
    }),
  );
  return performance.now() - startedAt;
};

/** Verifies each code for the first time. Returns the mean duration of a call in milliseconds. */
export const activate = async (platform: BenchPlatform, codes: readonly string[]): Promise<number> => {
  const startedAt = performance.now();
  for (const code of codes) await expectOk(await fetch(`${platform.origin}/api/verify/${code}`));
  return (performance.now() - startedAt) / codes.length;
};
