/** Measures how the maximum number of progress sockets of one account affects the latency of verification. */
import { activate, randomCodes, syncCodes } from "./codes.ts";
import { load } from "./load.ts";
import type { BenchPlatform } from "./platform.ts";
import { openProgressSockets } from "./progress-sockets.ts";

const WATCHERS = 50;
const CODES = 200;
const ROUNDS = 3;
const SECONDS = 5;
const CONNECTIONS = 8;
/** Images generated per round. Each sends several events to every socket. */
const IMAGES = 5;

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

/** `generate` submits an image for the account of `token`. */
export const benchWatchers = async (
  platform: BenchPlatform,
  token: string,
  generate: (prompt: string) => Promise<Response>,
): Promise<{ what: string; figure: string; goal: string }[]> => {
  const { origin } = platform;
  const codes = randomCodes(CODES);
  await syncCodes(platform, codes);
  await activate(platform, codes);
  const paths = codes.map((code) => `/api/verify/${code}`);
  const measure = async (round: string): Promise<number> => {
    const measured = load({ origin, paths, seconds: SECONDS, connections: CONNECTIONS });
    for (let i = 0; i < IMAGES; i++) {
      const answer = await generate(`${round} ${i}`);
      if (!answer.ok) throw new Error(await answer.text());
    }
    return (await measured).p99Ms;
  };
  const alone: number[] = [];
  const watched: number[] = [];
  let completions = 0;
  for (let round = 0; round < ROUNDS; round++) {
    alone.push(await measure(`alone ${round}`));
    const sockets = await openProgressSockets(origin, token, WATCHERS);
    for (const socket of sockets)
      socket.on("message", (data) => {
        if (String(data).includes("task_complete")) completions++;
      });
    watched.push(await measure(`watched ${round}`));
    for (const socket of sockets) socket.close();
  }
  const ratio = median(watched.map((p99, round) => p99 / (alone[round] ?? p99)));
  return [
    {
      what: `verification p99 with ${WATCHERS} progress sockets, compared with none`,
      figure: `${ratio.toFixed(2)}x (${median(alone).toFixed(1)} → ${median(watched).toFixed(1)} ms, ${completions} final events)`,
      goal: "about 1x",
    },
  ];
};
