import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { formatVars, parseVars, type Vars } from "../../scripts/lib/dev-vars.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const READY_MS = 60_000;
const STOP_MS = 20_000;

export interface ServerOptions {
  /** Settings and secrets of the Worker. Missing required ones are generated. */
  vars?: Vars;
  /** Environment of scripts/start.ts: LOG, DRAIN_MS, SEED=1 for the demo data, HOST. */
  env?: Vars;
  port?: number;
  /** An existing state folder to continue with, such as the folder of a killed server. */
  stateDir?: string;
}

export interface TestServer {
  origin: string;
  port: number;
  stateDir: string;
  /** The secrets in force. */
  vars: Vars;
  /** All output so far. */
  logs: () => string;
  /** Stops as Ctrl-C does. Fails unless the server exits with 0. */
  stop: () => Promise<void>;
  /** Kills the server and its workerd at once, as a power cut does. */
  kill: () => Promise<void>;
}

/**
 * Sets whether this process waits for the child to end. A server that a test did not stop must not keep the test run
 * alive.
 */
const waitFor = (child: ChildProcess, wait: boolean): void => {
  const pipes = [child.stdin, child.stdout, child.stderr] as (Socket | null)[];
  for (const handle of [child, ...pipes]) wait ? handle?.ref() : handle?.unref();
};

const freePort = async (): Promise<number> => {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
};

const running = new Set<ChildProcess>();
const folders = new Set<string>();

/** Kills the child's process group. The child leads a group of its own, which contains workerd. */
const killGroup = (child: ChildProcess): void => {
  try {
    if (child.pid) process.kill(-child.pid, "SIGKILL");
  } catch {
    // already gone
  }
};

// When the test runner is killed with SIGKILL, this handler does not run. The server then stops because its standard
// input closes (STOP_WITH_STDIN).
process.on("exit", () => {
  for (const child of running) killGroup(child);
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "ensemble-test-"));
  folders.add(folder);
  return folder;
};

/** Starts the whole platform as `npm start` does, with its own port, state folder and secrets. */
export const startServer = async (options: ServerOptions = {}): Promise<TestServer> => {
  const stateDir = options.stateDir ?? newFolder();
  const port = options.port ?? (await freePort());
  const varsFile = join(stateDir, "dev.vars");
  mkdirSync(stateDir, { recursive: true });
  if (options.vars) {
    const before = options.stateDir ? readVars(varsFile) : {};
    writeFileSync(varsFile, formatVars({ ...before, ...options.vars }), { mode: 0o600 });
  }
  const child = spawn(process.execPath, [join(ROOT, "scripts/start.ts")], {
    cwd: ROOT,
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
    env: {
      ...process.env,
      HOST: "127.0.0.1",
      SEED: "0",
      // Tests do not read the scans that a stopping server still writes.
      DRAIN_MS: "0",
      ...options.env,
      PORT: String(port),
      STATE_DIR: stateDir,
      DEV_VARS: varsFile,
      STOP_WITH_STDIN: "1",
    },
  });
  running.add(child);
  let output = "";
  const ended = once(child, "close").then(() => {
    running.delete(child);
  });
  const ready = new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not ready after ${READY_MS} ms:\n${output}`)), READY_MS);
    const read = (chunk: Buffer): void => {
      const seen = output.length;
      output += chunk;
      // "Ready on" may be split between two chunks.
      if (/^Ready on /m.test(output.slice(Math.max(0, seen - 20)))) {
        clearTimeout(timer);
        resolve();
      }
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    void ended.then(() => {
      clearTimeout(timer);
      reject(new Error(`the server ended with ${child.exitCode ?? child.signalCode}:\n${output}`));
    });
  });
  try {
    await ready;
  } catch (error) {
    killGroup(child);
    throw error;
  }
  waitFor(child, false);
  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    stateDir,
    vars: readVars(varsFile),
    logs: () => output,
    stop: async () => {
      waitFor(child, true);
      child.kill("SIGINT");
      const timer = setTimeout(() => killGroup(child), STOP_MS);
      await ended;
      clearTimeout(timer);
      if (child.exitCode !== 0)
        throw new Error(`stopped with ${child.exitCode ?? child.signalCode}:\n${output}`);
    },
    kill: async () => {
      waitFor(child, true);
      killGroup(child);
      await ended;
    },
  };
};

const readVars = (file: string): Vars => {
  try {
    return parseVars(readFileSync(file, "utf8"));
  } catch {
    return {};
  }
};
