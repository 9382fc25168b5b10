// `npm start`: creates secrets, builds assets, applies migrations, serves the Worker on a port, runs its cron and
// seeds a small demo. See README.md.
import { createServer } from "node:net";
import { hostname, networkInterfaces } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Miniflare } from "miniflare";
import { settingsProblems } from "../src/platform/settings.ts";
import { buildAssets } from "./build.ts";
import { bundleWorker } from "./lib/bundle.ts";
import { ensureDevVars, overriddenByEnv, type Vars } from "./lib/dev-vars.ts";
import { migrate } from "./lib/migrate.ts";
import { ROOT } from "./lib/paths.ts";
import { databaseId, serve, settingsFor, type WorkerLog } from "./lib/serve.ts";
import { lockState } from "./lib/state-lock.ts";
import { seedOnce } from "./seed.ts";

const env = process.env;
const host = env.HOST || "127.0.0.1";
const port = Number(env.PORT || 8787);
const stateDir = resolve(ROOT, env.STATE_DIR || ".wrangler/state");
const devVarsFile = resolve(ROOT, env.DEV_VARS || ".dev.vars");
const quiet = env.LOG === "quiet";
/**
 * How long a stopping server waits for buffered scans. They wait up to a second in the Worker and another one in the
 * queue, and both are only in memory here.
 */
const drainMs = Number(env.DRAIN_MS || 2500);

const fail = (message: string): never => {
  console.error(message);
  process.exit(1);
};

const portIsFree = (): Promise<boolean> =>
  new Promise((answer) => {
    const probe = createServer();
    probe.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") return answer(false);
      fail(`Cannot listen on ${host}:${port}: ${error.message}`);
    });
    probe.listen({ host, port }, () => probe.close(() => answer(true)));
  });

/** Waits for the port. A server that was killed with SIGKILL may hold it for another second (see lib/workerd.sh). */
const needPort = async (): Promise<void> => {
  if (!Number.isInteger(port) || port < 1 || port > 65535)
    fail(`PORT must be a number from 1 to 65535: ${env.PORT}`);
  for (let tries = 0; tries < 8; tries++) {
    if (await portIsFree()) return;
    await sleep(250);
  }
  fail(
    `Port ${port} is in use. Stop the other server, or start with PORT=${port + 1} STATE_DIR=.wrangler/state-2 npm start`,
  );
};

/** Checks the settings before anything is started. With invalid ones the Worker would refuse every request. */
const checkSettings = (vars: Vars): void => {
  const problems = settingsProblems(vars).map((problem) => {
    const [name = ""] = problem.split(" ");
    return env[name] ? `${problem} (it comes from the environment)` : problem;
  });
  if (problems.length > 0) fail(`Check the settings in ${devVarsFile}: ${problems.join("; ")}`);
};

const printLog = ({ level, message }: WorkerLog): void => {
  if (level === "error" || level === "warn") process.stderr.write(`${message}\n`);
  else if (!quiet) process.stdout.write(`${message}\n`);
};

const localName = host === "0.0.0.0" || host === "::" || host === "127.0.0.1" ? "localhost" : host;
const origin = `http://${localName.includes(":") ? `[${localName}]` : localName}:${port}`;

const lanOrigins = (): string[] => {
  if (host !== "0.0.0.0" && host !== "::") return [];
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.filter((a) => a.family === "IPv4" && !a.internal).map((a) => `http://${a.address}:${port}`);
};

/**
 * Returns the origins of this server as a list for LOCAL_ORIGINS; the Worker uses only these and loopback in URLs.
 */
const localOrigins = (more = ""): string => {
  const names = lanOrigins().length > 0 ? [`http://${hostname().toLowerCase()}:${port}`] : [];
  return [origin, ...lanOrigins(), ...names.filter((name) => URL.canParse(name)), more]
    .filter((one) => one !== "")
    .join(",");
};

const healthy = async (): Promise<void> => {
  let last = "no answer";
  for (let tries = 0; tries < 100; tries++) {
    try {
      const response = await fetch(`${origin}/health`, { signal: AbortSignal.timeout(5000) });
      if (response.ok) return;
      last = `${response.status} ${await response.text()}`;
    } catch (error) {
      last = String(error);
    }
    await sleep(100);
  }
  throw new Error(`The server does not become healthy: ${last}`);
};

/** Runs the Worker's scheduled handler at every full minute, as the edge does. Runs never overlap. */
const runCron = (miniflare: Miniflare, cron: string): void => {
  const untilNextMinute = () => 60_000 - (Date.now() % 60_000);
  const tick = async (): Promise<void> => {
    try {
      const worker = await miniflare.getWorker();
      await worker.scheduled({ cron, scheduledTime: new Date() });
    } catch (error) {
      if (!stopping) console.error(`cron: ${error instanceof Error ? error.message : error}`);
    }
    setTimeout(tick, untilNextMinute()).unref();
  };
  setTimeout(tick, untilNextMinute()).unref();
};

let stopping = 0;

const stopOnSignal = (miniflare: Miniflare): void => {
  const stop = async (): Promise<void> => {
    if (stopping) {
      // npm forwards the terminal's Ctrl-C, so one Ctrl-C arrives twice. A second one by the user comes later.
      if (Date.now() - stopping > 400) process.exit(130);
      return;
    }
    stopping = Date.now();
    if (drainMs > 0) console.log("Stopping: writing the last scans (Ctrl-C again to stop at once)");
    await sleep(drainMs);
    await miniflare.dispose();
    process.exit(0);
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  process.on("SIGHUP", stop);
  // For test runners: the server ends with the process that started it, however that process ends.
  if (env.STOP_WITH_STDIN) process.stdin.on("close", () => process.exit(1)).resume();
};

const printBanner = (vars: Vars, { codes, studio }: Partial<Awaited<ReturnType<typeof seedOnce>>>): void => {
  const lan = lanOrigins();
  const phone = lan[0] ?? origin;
  const lines = [
    ["This machine", origin],
    ...lan.map((address) => ["On your network", address]),
    ["Admin", `${origin}/admin   user ${vars.ADMIN_USERNAME}   password ${vars.ADMIN_PASSWORD}`],
    ["API documents", `${origin}/api-docs`],
    ...(codes?.[0] ? [["Verify a code", `${phone}/verify/${codes[0]}`]] : []),
    ["Studio", `${origin}/studio${studio ? `   user ${studio.username}   password ${studio.password}` : ""}`],
    ["Loopspace", `${origin}/loopspace`],
    ["Secrets", devVarsFile],
    ["State", stateDir],
  ];
  console.log(`\n${lines.map(([name = "", value]) => `  ${name.padEnd(16)} ${value}`).join("\n")}\n`);
};

const start = async (): Promise<void> => {
  await needPort();
  const { vars: fileVars, added } = ensureDevVars(devVarsFile);
  const chosen = overriddenByEnv(fileVars, env);
  const vars: Vars = { ...chosen, LOCAL_ORIGINS: localOrigins(chosen.LOCAL_ORIGINS) };
  checkSettings(settingsFor(vars));
  const problem = await lockState(stateDir);
  if (problem !== undefined) fail(problem);
  if (added.length > 0) console.log(`New secrets in ${devVarsFile}: ${added.join(", ")}`);

  const persistTo = join(stateDir, "v3");
  const files = await buildAssets();
  const [modules, applied] = await Promise.all([bundleWorker(ROOT), migrate(databaseId(), persistTo)]);
  if (applied.length > 0) console.log(`Migrated: ${applied.join(", ")}`);

  const miniflare = await serve({ host, port, persistTo, modules, vars, files, onLog: printLog });
  stopOnSignal(miniflare);
  await healthy();
  runCron(miniflare, "* * * * *");
  const secretKey = vars.MUSICQR_SECRET_KEY ?? "";
  const demo = env.SEED === "0" ? {} : await seedOnce(origin, secretKey, join(stateDir, "demo.json"));
  printBanner(vars, demo);
  console.log(`Ready on ${origin}`);
};

try {
  await start();
} catch (error) {
  fail(error instanceof Error ? error.message : String(error));
}
