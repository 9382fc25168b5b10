import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startCuttingProxy } from "../support/cutting-proxy.ts";
import { apiDocument, codeBlocks } from "../support/documents.ts";
import { hasPrograms } from "../support/programs.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { type Account, newAccount, recharge, VARS } from "./sdk-js-consumer.ts";

const SDK = resolve(import.meta.dirname, "../../sdk/loopspace-python");
const PROGRAMS = join(import.meta.dirname, "sdk-python");
const MB = 1_000_000;
/** Calls per minute. */
const LIMIT = 40;

const run = promisify(execFile);
const document = apiDocument("loopspace");

const canBuild = ["python3", "/usr/bin/python3"].some((command) => {
  try {
    execFileSync(command, ["-c", "import setuptools, wheel, pip"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
});
if (!canBuild) {
  const needed = "python3-pip python3-setuptools python3-wheel";
  if (process.env.CI) throw new Error(`no Python that builds wheels (Debian: ${needed})`);
  console.log(`SKIPPED: the Python SDK, no Python that builds wheels (Debian: apt-get install ${needed})`);
}

describe.skipIf(!canBuild)("the wheel of the Python SDK", () => {
  const folder = mkdtempSync(join(tmpdir(), "ensemble-python-"));
  const installed = join(folder, "installed");
  let server: TestServer;
  let names: string[];
  let folders = 0;
  let limited: Account;
  let limits: ReturnType<typeof program>;

  /** Runs Python with the installed package in a new folder, and returns its output. */
  const python = async (args: string[], env: Record<string, string> = {}, paths: string[] = []) => {
    const cwd = join(folder, `run${folders++}`);
    mkdirSync(cwd);
    const { stdout, stderr } = await run("python3", args, {
      cwd,
      timeout: 110_000,
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        PYTHONPATH: [installed, ...paths].join(":"),
        PYTHONDONTWRITEBYTECODE: "1",
        PYTHONIOENCODING: "utf-8",
        LOOPSPACE_BASE_URL: server.origin,
        ...env,
      },
    });
    return { stdout, stderr };
  };

  /** Runs a program of sdk-python/ and returns the JSON that it prints. */
  const program = async (name: string, env: Record<string, string>) =>
    JSON.parse((await python([join(PROGRAMS, `${name}.py`)], env)).stdout);

  const account = (): Promise<Account> => newAccount(server);

  beforeAll(async () => {
    const [{ stdout }, started] = await Promise.all([
      run("bash", [join(SDK, "build.sh"), folder]),
      startServer({ vars: { ...VARS, LOOPSPACE_FREE_LIMIT: String(LIMIT) } }),
    ]);
    server = started;
    const wheel = stdout.trim();
    const install = [
      "-m",
      "pip",
      "install",
      "--quiet",
      "--no-index",
      "--no-deps",
      "--target",
      installed,
      wheel,
    ];
    await run("python3", install);
    const list = "import sys, zipfile; print('\\n'.join(zipfile.ZipFile(sys.argv[1]).namelist()))";
    // This program waits a minute, in parallel with the other tests.
    limited = await account();
    limits = program("limits", { LOOPSPACE_API_KEY: limited.key });
    limits.catch(() => undefined);
    names = (await run("python3", ["-c", list, wheel])).stdout.trim().split("\n");
  });

  afterAll(async () => {
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("has the package with its types and licence, and no dependencies", async () => {
    expect(names).toContain("loopspace/py.typed");
    expect(names.filter((name) => !/^loopspace(_python-[\d.]+\.dist-info)?\//.test(name))).toEqual([]);
    expect(names.some((name) => name.endsWith("/LICENSE"))).toBe(true);
    const metadata = names.find((name) => name.endsWith("/METADATA")) ?? "";
    const text = readFileSync(join(installed, metadata), "utf8");
    expect(text).toMatch(/^Name: loopspace-python$/m);
    expect(text).toMatch(/^Requires-Python: >=3\.9$/m);
    expect(text).not.toMatch(/^Requires-Dist/m);
  });

  it("passes its own tests as an installed package", async () => {
    const args = ["-W", "error", "-m", "unittest", "discover", "-s", join(SDK, "tests")];
    const { stderr } = await python(args, { LOOPSPACE_BASE_URL: "" });
    expect(stderr).toMatch(/^Ran \d\d+ tests[\s\S]*\nOK\n/m);
  });

  it.skipIf(!hasPrograms("types of the Python SDK", { mypy: "mypy" }))("is strictly typed", async () => {
    const { stdout } = await run("mypy", ["--cache-dir", join(folder, "mypy")], { cwd: SDK });
    expect(stdout).toMatch(/^Success/);
  });

  it.skipIf(!document)("runs the guide's example and finds the tracks it searches", async () => {
    const { key } = await account();
    const example =
      codeBlocks(document ?? "", "python").find((block) => block.includes("import Client")) ?? "";
    expect(example).toContain("get_popular(limit=20)");
    const before = `
from sounds import write_tone
from loopspace import Client
write_tone("电子音乐.wav", 1)
first = Client().audio
first.wait_until_ready(first.upload("电子音乐.wav", genre="electronic", tags=["guide"]).id)
first.upload(open("电子音乐.wav", "rb"), genre="folk")
`;
    const after = `
import json
print(json.dumps([[one.title for one in popular_tracks], [one.title for one in search_results], search_results[0].genre]))
`;
    const source = before + example.replaceAll(/(['"])your_api_key\1/g, JSON.stringify(key)) + after;
    const { stdout } = await python(["-c", source], { LOOPSPACE_API_KEY: key }, [PROGRAMS]);
    const [popular, found, genre] = JSON.parse(stdout);
    expect(popular).toContain("电子音乐");
    expect(found).toContain("电子音乐");
    expect(genre).toBe("electronic");
  });

  it("runs the programs of its README", async () => {
    const { key } = await account();
    const blocks = codeBlocks(readFileSync(join(SDK, "README.md"), "utf8"), "python");
    expect(blocks.length).toBeGreaterThanOrEqual(5);
    const before = `from sounds import write_tone\nwrite_tone("rain.wav", 1)\n`;
    const after = `assert receive(b"{}", {}, "secret") == 401\n`;
    const source = before + blocks.join("\n") + after;
    const { stdout } = await python(["-c", source], { LOOPSPACE_API_KEY: key }, [PROGRAMS]);
    expect(stdout).toMatch(/^1\.0 44100 200\nRain on the roof by sdk\w+\n[\s\S]*100%\n/);
    expect(stdout).toMatch(/\nNOT_FOUND 404 .*req_\w+\n$/);
  });

  it("uploads a track, waits until it is ready, changes, downloads and deletes it", async () => {
    const { key, id } = await account();
    const said = await program("small", { LOOPSPACE_API_KEY: key });
    expect(said.uploaded).toMatchObject({
      title: "电子音乐 tone",
      description: "它越来越响",
      genre: "electronic",
      tags: ["chill", "a,b"],
      user: { id },
    });
    expect(said.told).toEqual([said.size[1], said.size[1]]);
    expect(said.ready).toMatchObject({
      status: "ready",
      metadata: { sampleRate: 44_100, channels: 1, bitrate: 706, size: said.size[1] },
    });
    expect(said.duration).toBeCloseTo(2, 3);
    expect(said.ready.waveform).toHaveLength(200);
    expect(said.rising).toBe(true);
    expect(said.size[0]).toBe(said.size[1]);
    expect(said.isSame).toBe(true);
    expect(said.hidden).toMatchObject({ title: "又一个", visibility: "private", tags: ["b"], genre: null });
    expect(said.plays).toBeGreaterThanOrEqual(0);
    expect(said.codes).toEqual([
      ["UNSUPPORTED_FORMAT", 415, "req_"],
      ["UNAUTHORIZED", 401, "req_"],
      true,
      ["NOT_FOUND", 404, "req_"],
    ]);
  });

  it("uploads 24 MB over a connection that is cut twice, and the same bytes arrive", async () => {
    const { key } = await account();
    const proxy = await startCuttingProxy(server.port, [6 * MB, 17 * MB]);
    try {
      const said = await program("large", { LOOPSPACE_API_KEY: key, PROXY: proxy.origin });
      expect(proxy.cuts()).toBe(2);
      expect(said).toMatchObject({ title: "Noise", isSame: true, urls: 1 });
      expect(said.duration).toBeCloseTo(24e6 / 2 / 44_100, 2);
      const told: [number, number][] = said.told;
      expect(told.length).toBeGreaterThan(100);
      expect(told.at(-1)).toEqual([said.size, said.size]);
      for (const [i, [sent, total]] of told.entries()) {
        expect(total).toBe(said.size);
        expect(sent).toBeGreaterThan(told[i - 1]?.[0] ?? 0);
      }
      // Bytes that had arrived are not sent again. A full restart would take 47 MB.
      expect(proxy.passed()).toBeLessThan(40 * MB);
    } finally {
      await proxy.close();
    }
  });

  it("follows, lists pages, sets a picture, buys and downloads", async () => {
    const [maker, fan] = [await account(), await account()];
    await recharge(server, fan);
    const said = await program("people", { MAKER_KEY: maker.key, FAN_KEY: fan.key });
    expect(said).toEqual({
      me: maker.username,
      followed: [true, 1],
      followers: [fan.username],
      following: [true],
      unfollowed: false,
      avatar: expect.stringContaining(server.origin),
      pages: [3, 1, true],
      titles: ["three", "two", "one"],
      refused: ["FORBIDDEN", "PRICE_CHANGED", "INSUFFICIENT_CREDITS"],
      bought: [true, 20],
      purchases: [true],
      downloaded: true,
      unknown: [],
      genres: expect.arrayContaining(["people"]),
    });
  });

  it("manages webhooks and accepts only signed deliveries", async () => {
    const { key } = await account();
    expect(await program("hooks", { LOOPSPACE_API_KEY: key })).toEqual({
      event: ["user.followed", true, true],
      payload: true,
      refused: [false, false],
      own: true,
      log: [["user.followed", [204]]],
      overlap: [true, true, true],
      ended: [false, false, true],
      unknown: [],
      off: [false, "owner", null],
      listed: [true, 0],
    });
  });

  it("shows only the sandbox to a sandbox key", async () => {
    const { key } = await newAccount(server, "sandbox");
    const source = `
from sounds import write_tone
from loopspace import Client
write_tone("t.wav", 1)
client = Client(environment="sandbox")
track = client.audio.wait_until_ready(client.audio.upload("t.wav", title="sandboxed").id)
print([one.title for one in client.audio.search("sandboxed")], client.audio.get_popular().total)
`;
    const { stdout } = await python(["-c", source], { LOOPSPACE_API_KEY: key }, [PROGRAMS]);
    expect(stdout).toBe("['sandboxed'] 1\n");
  });

  it("reports an exceeded rate limit, and can wait until it is over", async () => {
    const said = await limits;
    // Creating the key was the first call.
    const { username } = limited;
    expect(said).toMatchObject({ calls: LIMIT - 1, code: "RATE_LIMIT_EXCEEDED", status: 429, username });
    expect(said.retryAfter).toBeGreaterThan(0);
    expect(said.retryAfter).toBeLessThanOrEqual(60);
    expect(said.waited).toBeGreaterThanOrEqual(said.retryAfter);
    expect(said.waited).toBeLessThan(said.retryAfter + 10);
  });
});
