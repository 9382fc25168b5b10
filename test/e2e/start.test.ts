import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { startServer } from "../support/server.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const SECRET = "0123456789abcdef0123456789abcdef";

const folder = mkdtempSync(join(tmpdir(), "ensemble-start-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Returns a new path below the folder of these tests. */
let paths = 0;
const newPath = (name: string): string => join(folder, String(++paths), name);

const varsFile = (text: string): string => {
  const file = newPath("dev.vars");
  mkdirSync(resolve(file, ".."), { recursive: true });
  writeFileSync(file, text);
  return file;
};

/** Starts a server that must fail before it listens, and returns its output and exit code. */
const refusedStart = async (env: Record<string, string>) => {
  const child = spawn(process.execPath, [join(ROOT, "scripts/start.ts")], {
    cwd: ROOT,
    env: { ...process.env, HOST: "127.0.0.1", SEED: "0", STOP_WITH_STDIN: "1", ...env },
  });
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
  });
  child.stderr.on("data", (chunk) => {
    output += chunk;
  });
  await once(child, "close");
  return { code: child.exitCode, output };
};

const freePort = (): string => String(20_000 + Math.floor(Math.random() * 20_000));

describe("npm start", () => {
  it.each([
    ["a secret that is too short", "JWT_SECRET=short\n", "JWT_SECRET needs at least 32 characters"],
    [
      "several settings",
      "CONFIG_KEY=short\nVERIFY_INVALID_LIMIT=many\n",
      /^Check the settings in .*: VERIFY_INVALID_LIMIT .*; CONFIG_KEY needs at least 32 characters$/,
    ],
    [
      "production without an origin",
      "ENVIRONMENT=production\nPAYMENTS_SANDBOX=false\nMAIL_FROM=no-reply@ensemble.cn\n",
      "PUBLIC_ORIGIN is required in production",
    ],
  ])("refuses to start with %s, and reports it in one line with the file's name", async (_, text, why) => {
    const [file, stateDir] = [varsFile(text), newPath("state")];
    const { code, output } = await refusedStart({ DEV_VARS: file, STATE_DIR: stateDir, PORT: freePort() });
    expect(code).toBe(1);
    expect(output.trimEnd().split("\n")).toEqual([
      expect.stringContaining(`Check the settings in ${file}: `),
    ]);
    expect(output.trimEnd()).toMatch(why);
    expect(output).not.toContain("short;");
    expect(existsSync(stateDir)).toBe(false);
  });

  it("names a wrong setting from the environment", async () => {
    const env = { DEV_VARS: newPath("dev.vars"), STATE_DIR: newPath("state"), PORT: freePort() };
    const { code, output } = await refusedStart({ ...env, MUSICQR_SECRET_KEY: "short" });
    expect([code, output.trimEnd().split("\n").length]).toEqual([1, 1]);
    expect(output).toContain(
      "MUSICQR_SECRET_KEY needs at least 32 characters (it comes from the environment)",
    );
  });

  it("reports in one line that DEV_VARS is a folder", async () => {
    const env = { DEV_VARS: folder, STATE_DIR: newPath("state"), PORT: freePort() };
    const { code, output } = await refusedStart(env);
    expect([code, output.trimEnd()]).toEqual([
      1,
      `${folder} (DEV_VARS) is a folder; it must be a file of KEY=value lines`,
    ]);
  });

  it.each([
    ["a file", () => varsFile(""), "EEXIST"],
    ["below a file", () => join(varsFile(""), "state"), "EEXIST"],
    ["below /proc", () => "/proc/ensemble-state", "ENOENT"],
  ])("reports in one line that a state folder cannot be created: %s", async (_, makePath, why) => {
    const stateDir = makePath();
    const env = { DEV_VARS: newPath("dev.vars"), STATE_DIR: stateDir, PORT: freePort() };
    const { code, output } = await refusedStart(env);
    expect([code, output.trimEnd()]).toEqual([
      1,
      `Cannot write to the state folder ${stateDir} (STATE_DIR): ${why}`,
    ]);
  });

  it("refuses a second server on the same state folder until the first one has ended, cleanly or not", async () => {
    const first = await startServer({ vars: { JWT_SECRET: SECRET } });
    const env = { DEV_VARS: newPath("dev.vars"), STATE_DIR: first.stateDir, PORT: freePort() };
    const { code, output } = await refusedStart(env);
    expect([code, output.trimEnd().split("\n").length]).toEqual([1, 1]);
    expect(output).toContain(`Another server uses the state folder ${first.stateDir}.`);
    expect((await fetch(`${first.origin}/health`)).status).toBe(200);
    await first.kill();
    const second = await startServer({ stateDir: first.stateDir });
    expect((await fetch(`${second.origin}/health`)).status).toBe(200);
    await second.stop();
  });
});
