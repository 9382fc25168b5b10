/**
 * Benchmark of Loopspace: upload and download rate of a large file compared with a bare bucket, processing time of a
 * track, and duration of a search.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BenchPlatform } from "./platform.ts";

const MIB = 1_024 * 1_024;
/** Size of the file: the maximum size of a track. */
const FILE_BYTES = 100 * MIB;
const ROUNDS = 3;
const TRACKS = 100_000;
const TRACKS_A_STATEMENT = 5_000;
const CALLS = 40;
const LOOK_MS = 20;

interface Figure {
  readonly what: string;
  readonly figure: string;
  readonly goal: string;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

const newToken = async ({ origin }: BenchPlatform): Promise<string> => {
  const identity = { username: "listener", email: "listener@example.com", password: "bench password" };
  const answer = await fetch(`${origin}/api/v1/auth/register`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(identity),
  });
  return ((await answer.json()) as { data: { token: string } }).data.token;
};

/** Builds a WAV file of noise. */
const largeWav = (): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array(FILE_BYTES);
  const view = new DataView(bytes.buffer);
  for (let at = 44; at + 4 <= bytes.length; at += 4) view.setUint32(at, Math.imul(at, 2_654_435_761) >>> 0);
  const word = (at: number, text: string) => bytes.set(Buffer.from(text), at);
  word(0, "RIFF");
  view.setUint32(4, bytes.length - 8, true);
  word(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 2, true);
  view.setUint32(24, 44_100, true);
  view.setUint32(28, 176_400, true);
  view.setUint16(32, 4, true);
  view.setUint16(34, 16, true);
  word(36, "data");
  view.setUint32(40, bytes.length - 44, true);
  return bytes;
};

/** Measures the duration of `run` and the peak growth of workerd's memory during it. */
const watch = async (
  platform: BenchPlatform,
  run: () => Promise<void>,
): Promise<{ ms: number; growthKb: number }> => {
  const before = await platform.memoryKb();
  let most = before;
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      most = Math.max(most, await platform.memoryKb());
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  })();
  const from = performance.now();
  await run();
  const ms = performance.now() - from;
  isOver = true;
  await watching;
  return { ms, growthKb: most - before };
};

const must = async (answer: Response): Promise<Response> => {
  if (!answer.ok) throw new Error(`${answer.url}: ${answer.status} ${await answer.text()}`);
  return answer;
};

const drain = async (answer: Response): Promise<void> => {
  for await (const _ of (await must(answer)).body ?? []);
};

/** Uploads a track with the tus protocol in one chunk. Returns the URL of the track. */
const uploadTrack = async (
  { origin }: BenchPlatform,
  token: string,
  file: Uint8Array<ArrayBuffer>,
): Promise<string> => {
  const headers = { authorization: `Bearer ${token}`, "tus-resumable": "1.0.0" };
  const begun = await must(
    await fetch(`${origin}/api/v1/audio/uploads`, {
      method: "POST",
      headers: { ...headers, "upload-length": String(file.length) },
    }),
  );
  const done = await must(
    await fetch(`${origin}${new URL(begun.headers.get("location") ?? "").pathname}`, {
      method: "PATCH",
      headers: { ...headers, "upload-offset": "0", "content-type": "application/offset+octet-stream" },
      body: file,
    }),
  );
  return `${origin}${new URL(done.headers.get("content-location") ?? "").pathname}`;
};

/** Waits until no track is being processed. Returns the seconds that took. */
const untilReady = async (platform: BenchPlatform): Promise<number> => {
  const from = performance.now();
  for (;;) {
    const row = await platform.database
      .prepare("SELECT count(*) AS n FROM audio_tracks WHERE status = 'processing'")
      .first<{ n: number }>();
    if (row?.n === 0) return (performance.now() - from) / 1_000;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
};

const benchFiles = async (platform: BenchPlatform, token: string): Promise<Figure[]> => {
  const file = largeWav();
  const bareUrl = `${platform.bareBucketOrigin}/file`;
  const ups: { ours: number; bare: number }[] = [];
  const downs: { ours: number; bare: number }[] = [];
  const growths: number[] = [];
  const waits: number[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    const bareUp = await watch(platform, async () =>
      drain(await fetch(bareUrl, { method: "PUT", body: file })),
    );
    let track = "";
    const up = await watch(platform, async () => {
      track = await uploadTrack(platform, token, file);
    });
    waits.push(await untilReady(platform));
    const bareDown = await watch(platform, async () => drain(await fetch(bareUrl)));
    const down = await watch(platform, async () => drain(await fetch(`${track}/stream`)));
    ups.push({ ours: up.ms, bare: bareUp.ms });
    downs.push({ ours: down.ms, bare: bareDown.ms });
    growths.push(up.growthKb - bareUp.growthKb, down.growthKb - bareDown.growthKb);
  }
  const rateOf = (rounds: readonly { ours: number; bare: number }[]): string => {
    const rate = (FILE_BYTES / MIB / median(rounds.map(({ ours }) => ours))) * 1_000;
    const ratio = median(rounds.map(({ ours, bare }) => bare / ours));
    return `${rate.toFixed(0)} MB/s, ${(ratio * 100).toFixed(0)} % of a bare bucket`;
  };
  return [
    { what: "upload of 100 MB, resumable", figure: rateOf(ups), goal: ">= 50 %" },
    { what: "download of 100 MB", figure: rateOf(downs), goal: ">= 50 %" },
    {
      what: "  peak memory growth of workerd above that of a bare bucket",
      figure: `${(Math.max(...growths) / 1_024).toFixed(0)} MB`,
      goal: "<= 64 MB",
    },
    { what: "  waveform of a WAV of 100 MB", figure: `${median(waits).toFixed(1)} s`, goal: "" },
  ];
};

const FFMPEG = "/usr/bin/ffmpeg";

const benchWaveform = async (platform: BenchPlatform, token: string): Promise<Figure[]> => {
  const what = "waveform of an MP3 of three minutes, 320 kbit/s";
  if (!existsSync(FFMPEG)) return [{ what, figure: "not measured: ffmpeg is not installed", goal: "" }];
  const folder = mkdtempSync(join(tmpdir(), "ensemble-bench-"));
  try {
    const path = join(folder, "track.mp3");
    const noise = "anoisesrc=d=180:c=pink:r=44100:a=0.5";
    execFileSync(FFMPEG, [
      "-loglevel",
      "error",
      "-f",
      "lavfi",
      "-i",
      noise,
      "-ac",
      "2",
      "-b:a",
      "320k",
      path,
    ]);
    const seconds: number[] = [];
    for (let i = 0; i < ROUNDS; i++) {
      await uploadTrack(platform, token, new Uint8Array(readFileSync(path)));
      seconds.push(await untilReady(platform));
    }
    return [{ what, figure: `${median(seconds).toFixed(1)} s`, goal: "" }];
  } finally {
    rmSync(folder, { recursive: true });
  }
};

const WORDS = ["电子", "夜晚", "rain", "piano", "城市", "ambient", "drums", "海", "summer", "声音"];

const seed = async ({ database }: BenchPlatform): Promise<void> => {
  for (let done = 0; done < TRACKS; done += TRACKS_A_STATEMENT) {
    const rows = Array.from({ length: TRACKS_A_STATEMENT }, (_, i) => {
      const n = done + i;
      const word = (k: number) => WORDS[(n * (k + 3) + (n >> 4) * k) % WORDS.length];
      return [
        `audio_bench_${n}`,
        `${word(0)}${word(1)} ${word(2)} ${n}`,
        word(3),
        n % 997,
        Date.now() - n * 60_000,
      ];
    });
    await database
      .prepare(
        `INSERT INTO audio_tracks (id, user_id, environment, title, description, genre, tags, visibility, status, price,
           key, media_type, bytes, is_estimated, plays, created_at, updated_at)
         SELECT value->>0, (SELECT max(id) FROM users), 'live', value->>1, '', value->>2, '[]', 'public', 'failed', 0,
           value->>0, 'audio/mpeg', 1, 0, value->>3, value->>4, value->>4 FROM json_each(?)`,
      )
      .bind(JSON.stringify(rows))
      .run();
  }
  // The change from `failed` to `ready` fires the triggers that index a track for the search.
  await database.prepare("UPDATE audio_tracks SET status = 'ready' WHERE status = 'failed'").run();
};

const benchSearch = async (platform: BenchPlatform): Promise<Figure[]> => {
  await seed(platform);
  const time = async (path: string): Promise<number> => {
    const times: number[] = [];
    for (let i = 0; i < CALLS; i++) {
      const from = performance.now();
      await drain(await fetch(`${platform.origin}/api/v1/audio/${path}`));
      times.push(performance.now() - from);
    }
    return median(times);
  };
  const p50Of = async (path: string) => `${(await time(path)).toFixed(1)} ms`;
  return [
    { what: `search of ${TRACKS}: a rare word, p50`, figure: await p50Of("search?query=99991"), goal: "" },
    { what: "  two common words", figure: await p50Of("search?query=rain%20ambient"), goal: "" },
    {
      what: "  a word of two characters",
      figure: await p50Of(`search?query=${encodeURIComponent("夜晚")}`),
      goal: "",
    },
    { what: "  the popular ones", figure: await p50Of("popular"), goal: "" },
  ];
};

export const benchLoopspace = async (platform: BenchPlatform): Promise<Figure[]> => {
  const token = await newToken(platform);
  return [
    ...(await benchFiles(platform, token)),
    ...(await benchWaveform(platform, token)),
    ...(await benchSearch(platform)),
  ];
};
