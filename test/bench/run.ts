/**
 * `npm run bench`: measures the hot paths and a minimal worker in the same process and the same run. Figures that
 * depend on the machine are given as ratios to that baseline. Lower values of `SECONDS_A_ROUND` and `CODES_IN_LIST`
 * shorten a run. `BENCH=meeting,studio` runs only these sections, of verify, generation, studio, meeting, webhooks,
 * loopspace and list.
 */
import { activate, randomCode, randomCodes, syncCodes } from "./codes.ts";
import { benchGeneration } from "./generation.ts";
import { benchList } from "./list.ts";
import { type Load, load, loadGenerator } from "./load.ts";
import { benchLoopspace } from "./loopspace.ts";
import { benchMeeting } from "./meeting.ts";
import { startPlatform } from "./platform.ts";
import { benchStudio } from "./studio.ts";
import { benchWebhooks } from "./webhooks.ts";

const SECONDS_A_ROUND = Number(process.env.SECONDS_A_ROUND ?? 10);
const CODES_IN_LIST = Number(process.env.CODES_IN_LIST ?? 1_000_000);
const ROUNDS = 3;
const CONNECTIONS = 32;
const CODES = 10_000;

const rows: { what: string; figure: string; goal: string }[] = [];
const report = (what: string, figure: string, goal = "") => {
  rows.push({ what, figure, goal });
  console.log(`${what}: ${figure}${goal && ` (goal: ${goal})`}`);
};
const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const platform = await startPlatform();

const benchVerify = async (): Promise<void> => {
  const round = { seconds: SECONDS_A_ROUND, connections: CONNECTIONS };
  console.log(
    `load by ${loadGenerator()}, ${CONNECTIONS} connections, ${ROUNDS} rounds of ${SECONDS_A_ROUND} s`,
  );

  const codes = randomCodes(CODES);
  const syncMs = [];
  for (let i = 0; i < CODES; i += 5_000) syncMs.push(await syncCodes(platform, codes.slice(i, i + 5_000)));
  report("sync-codes, 5,000 codes in a call", `${Math.max(...syncMs).toFixed(0)} ms`, "< 2,000 ms");
  const activationMs = await activate(platform, codes);
  report("first activation, one after another", `${activationMs.toFixed(2)} ms each`);
  await pause(4_000);

  const ratios: number[] = [];
  const verified = [];
  for (let i = 0; i < ROUNDS; i++) {
    const hello = await load({ origin: platform.helloOrigin, paths: ["/"], ...round });
    const verify = await load({
      origin: platform.origin,
      paths: codes.map((code) => `/api/verify/${code}`),
      ...round,
    });
    ratios.push(verify.requestsPerSecond / hello.requestsPerSecond);
    verified.push(verify);
    const describe = ({ requestsPerSecond, p99Ms }: Load) =>
      `${requestsPerSecond.toFixed(0)}/s, p99 ${p99Ms.toFixed(1)} ms`;
    console.log(`  bare worker ${describe(hello)}; verify ${describe(verify)}`);
    // The queued scans are counted before the next round begins.
    await pause(5_000);
  }
  const rate = median(verified.map((result) => result.requestsPerSecond));
  report("verify, activated codes seen before", `${rate.toFixed(0)}/s`);
  report("  compared with a bare worker", `${(median(ratios) * 100).toFixed(0)} %`, ">= 60 %");
  report("  p99", `${median(verified.map((result) => result.p99Ms)).toFixed(1)} ms`, "< 10 ms");
  report("  responses other than 2xx", String(verified.reduce((sum, result) => sum + result.non2xx, 0)), "0");

  const before = await platform.memoryKb();
  const unknown = Array.from({ length: 50_000 }, () => `/api/verify/${randomCode()}`);
  const strangers = await load({ origin: platform.origin, paths: unknown, ...round });
  report("verify, unknown codes", `${strangers.requestsPerSecond.toFixed(0)}/s`);
  report("  memory of workerd grew by", `${(((await platform.memoryKb()) - before) / 1_024) | 0} MB`);
};

const SECTIONS = {
  verify: benchVerify,
  generation: () => benchGeneration(platform.origin),
  studio: () => benchStudio(platform),
  meeting: () => benchMeeting(platform),
  webhooks: () => benchWebhooks(platform),
  loopspace: () => benchLoopspace(platform),
  list: () => benchList(platform, CODES_IN_LIST),
};

try {
  const wanted = process.env.BENCH?.split(",");
  for (const [name, bench] of Object.entries(SECTIONS)) {
    if (wanted && !wanted.includes(name)) continue;
    for (const { what, figure, goal } of (await bench()) ?? []) report(what, figure, goal);
  }
} finally {
  await platform.miniflare.dispose();
}
console.table(rows);
