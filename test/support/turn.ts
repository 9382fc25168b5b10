import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hasPrograms } from "./programs.ts";

const READY_MS = 20_000;

export const hasTurnServer = (): boolean => hasPrograms("tests with a TURN server", { turnserver: "coturn" });

const freeUdpPort = async (): Promise<number> => {
  const probe = createSocket("udp4").bind(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  await once(probe, "close");
  return port;
};

export interface TurnServer {
  /** The value for `TURN_URLS`. */
  readonly url: string;
  /** The server's log, with a line per request. */
  readonly logs: () => string;
  readonly stop: () => Promise<void>;
}

/** Starts coturn on loopback over UDP. It accepts only REST credentials derived from the secret. */
export const startTurnServer = async (secret: string): Promise<TurnServer> => {
  const folder = mkdtempSync(join(tmpdir(), "ensemble-turn-"));
  const port = await freeUdpPort();
  const child = spawn(
    "turnserver",
    [
      "-n", // no configuration file of the machine
      "--listening-ip=127.0.0.1",
      `--listening-port=${port}`,
      "--relay-ip=127.0.0.1",
      "--allow-loopback-peers",
      "--use-auth-secret",
      `--static-auth-secret=${secret}`,
      "--realm=example.com",
      "--no-tcp",
      "--no-tls",
      "--no-dtls",
      "--no-cli",
      "--relay-threads=1",
      "--verbose",
      "--log-file=stdout",
      `--userdb=${join(folder, "turndb")}`,
      `--pidfile=${join(folder, "pid")}`,
    ],
    { cwd: folder, stdio: ["ignore", "pipe", "pipe"] },
  );
  const killHard = (): void => void child.kill("SIGKILL");
  process.once("exit", killHard);
  let output = "";
  const ready = new Promise<void>((resolve) => {
    const read = (chunk: Buffer): void => {
      output += chunk;
      if (output.includes(`UDP listener opened on: 127.0.0.1:${port}`)) resolve();
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
  });
  const ended = once(child, "close").finally(() => {
    process.off("exit", killHard);
    rmSync(folder, { recursive: true, force: true });
  });
  const endedEarly = ended.then(() => {
    throw new Error(`coturn ended before it was ready:\n${output}`);
  });
  const timer = setTimeout(killHard, READY_MS);
  try {
    await Promise.race([ready, endedEarly]);
  } finally {
    clearTimeout(timer);
  }
  return {
    url: `turn:127.0.0.1:${port}`,
    logs: () => output,
    stop: async () => {
      killHard();
      await ended;
    },
  };
};
