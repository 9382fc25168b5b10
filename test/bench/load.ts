import { execFile, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface Load {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly non2xx: number;
}

export interface LoadOptions {
  readonly origin: string;
  readonly paths: readonly string[];
  readonly seconds: number;
  readonly connections: number;
}

/**
 * Returns a Lua script for wrk: requests random paths and prints rates, latencies and failures as JSON on the last
 * line.
 */
const wrkScript = (paths: readonly string[]): string => `
local paths = {${paths.map((path) => JSON.stringify(path)).join(",")}}
local n = #paths
math.randomseed(1)
request = function() return wrk.format("GET", paths[math.random(n)]) end
done = function(summary, latency)
  io.write(string.format('\\n{"rps":%f,"p50":%f,"p99":%f,"bad":%d}\\n', summary.requests / summary.duration * 1e6,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, summary.errors.status + summary.errors.timeout))
end
`;

const byWrk = async (options: LoadOptions): Promise<Load> => {
  const folder = await mkdtemp(join(tmpdir(), "ensemble-wrk-"));
  try {
    const script = join(folder, "paths.lua");
    await writeFile(script, wrkScript(options.paths));
    const args = ["-t1", `-c${options.connections}`, `-d${options.seconds}s`, "-s", script, options.origin];
    const { stdout } = await run("wrk", args);
    const figures = JSON.parse(stdout.trim().split("\n").at(-1) ?? "{}");
    return { requestsPerSecond: figures.rps, p50Ms: figures.p50, p99Ms: figures.p99, non2xx: figures.bad };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const byAutocannon = async (options: LoadOptions): Promise<Load> => {
  const child = fork(join(import.meta.dirname, "autocannon.ts"));
  child.send(options);
  const [load] = await once(child, "message");
  return load as Load;
};

/**
 * Returns the load generator: autocannon, which every checkout has, or wrk with `LOAD=wrk`. wrk uses less CPU time,
 * which leaves more of the two cores to the server.
 */
export const loadGenerator = (): "wrk" | "autocannon" => (process.env.LOAD === "wrk" ? "wrk" : "autocannon");

/** Sends GET requests for random entries of `paths` for some seconds. Refuses any target other than loopback. */
export const load = async (options: LoadOptions): Promise<Load> => {
  if (new URL(options.origin).hostname !== "127.0.0.1") throw new Error("load may be sent to 127.0.0.1 only");
  return loadGenerator() === "wrk" ? byWrk(options) : byAutocannon(options);
};
