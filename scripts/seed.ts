import { createHmac, randomInt } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { melodyWav } from "./lib/melody.ts";

const ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
/** The phones of the demo's scans. Their addresses are reserved for documentation (RFC 5737). */
const PHONES = [
  {
    address: "203.0.113.7",
    agent:
      "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Mobile/15E148 Safari/604.1",
  },
  {
    address: "198.51.100.23",
    agent:
      "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/131.0.0.0 Mobile Safari/537.36",
  },
  {
    address: "192.0.2.44",
    agent: "Mozilla/5.0 (Linux; Android 14; V2309A) AppleWebKit/537.36 Chrome/126.0.0.0 Mobile Safari/537.36",
  },
];

/** Returns the X-API-Key that clients derive from MUSICQR_SECRET_KEY. */
export const apiKeyOf = (secretKey: string): string =>
  createHmac("sha256", secretKey).update("musicqr_api_salt_2024").digest("hex");

export const newCode = (): string =>
  Array.from({ length: 12 }, () => ALPHABET[randomInt(ALPHABET.length)]).join("");

const must = async (response: Response, what: string): Promise<void> => {
  if (!response.ok) throw new Error(`${what}: ${response.status} ${await response.text()}`);
  await response.arrayBuffer();
};

const ask = async (origin: string, code: string, phone: (typeof PHONES)[number]): Promise<void> => {
  const headers = { "User-Agent": phone.agent, "CF-Connecting-IP": phone.address };
  await must(await fetch(`${origin}/api/verify/${code}`, { headers }), `GET /api/verify/${code}`);
};

/** The works that the demo publishes on Studio's square. */
const WORKS = [
  { prompt: "海边的日落，远处一座灯塔", width: 768, height: 512 },
  { prompt: "a quiet forest in the morning", width: 512, height: 512 },
  { prompt: "雪山下的湖", width: 768, height: 512 },
  { prompt: "a city at night, neon and rain", width: 512, height: 768 },
];
const SEED_WAIT_MS = 30_000;

interface Demo {
  readonly codes: string[];
  /** The credentials of the demo account. */
  readonly studio?: { readonly username: string; readonly password: string };
}

/** Uploads a track for Loopspace's front page. The server processes it in the background. */
const seedTrack = async (origin: string, token: string): Promise<void> => {
  const form = new FormData();
  const facts = { title: "清晨的弦 · Morning strings", genre: "ambient", tags: "demo,acoustic" };
  for (const [name, value] of Object.entries(facts)) form.append(name, value);
  form.append("file", new Blob([melodyWav()]), "morning.wav");
  const headers = { Authorization: `Bearer ${token}` };
  const path = "/api/v1/audio/upload";
  await must(await fetch(origin + path, { method: "POST", headers, body: form }), `POST ${path}`);
};

/** Creates an account with works on Studio's square and a track on Loopspace. */
const seedStudio = async (origin: string): Promise<NonNullable<Demo["studio"]>> => {
  // A random name, so that the seed can run again after a start was interrupted here.
  const username = `demo-${newCode().slice(0, 4).toLowerCase()}`;
  const account = { username, email: `${username}@example.com`, password: newCode() };
  let token = "";
  const call = async <T>(path: string, method = "GET", body?: object): Promise<T> => {
    const response = await fetch(`${origin}/api/v1${path}`, {
      method,
      headers: { "Content-Type": "application/json", ...(token && { Authorization: `Bearer ${token}` }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return ((await response.json()) as { data: T }).data;
  };
  token = (await call<{ token: string }>("/auth/register", "POST", account)).token;
  const tasks = [];
  for (const work of WORKS)
    tasks.push((await call<{ taskId: string }>("/generate/text-to-image", "POST", work)).taskId);
  const until = Date.now() + SEED_WAIT_MS;
  while ((await call<{ total: number }>("/works?status=completed")).total < tasks.length) {
    if (Date.now() > until)
      throw new Error(`the demo's works were not generated within ${SEED_WAIT_MS / 1_000} s`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  for (const id of tasks) await call(`/works/${id}/publish`, "POST");
  await seedTrack(origin, token);
  return { username: account.username, password: account.password };
};

/**
 * Fills a new database through the public API: twelve codes, three of them activated, works on Studio's square, and a
 * track. Runs once for a state folder; the file `marker` stores the result.
 */
export const seedOnce = async (origin: string, secretKey: string, marker: string): Promise<Demo> => {
  if (existsSync(marker)) return JSON.parse(readFileSync(marker, "utf8")) as Demo;
  const codes = Array.from({ length: 12 }, newCode);
  const created_date = new Date().toISOString();
  const response = await fetch(`${origin}/api/sync-codes`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-API-Key": apiKeyOf(secretKey) },
    body: JSON.stringify({ codes: codes.map((code) => ({ code, created_date })) }),
  });
  await must(response, "POST /api/sync-codes");
  for (const [index, phone] of PHONES.entries()) {
    // Activates the last codes. The first ones stay unused, so that the user can scan them.
    const code = codes.at(-1 - index);
    for (let scan = 0; code && scan <= index; scan++) await ask(origin, code, phone);
  }
  mkdirSync(dirname(marker), { recursive: true });
  const demo: Demo = { codes, studio: await seedStudio(origin) };
  writeFileSync(marker, `${JSON.stringify(demo)}\n`, { mode: 0o600 });
  return demo;
};
