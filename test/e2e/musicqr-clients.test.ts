import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apiDocument, codeBlocks } from "../support/documents.ts";
import { startServer, type TestServer } from "../support/server.ts";

const run = promisify(execFile);
const document = apiDocument("musicqr");

/** A Python with the library that the document's example imports, preferably Debian's. */
const python = ["/usr/bin/python3", "python3"].find((command) => {
  try {
    execFileSync(command, ["-c", "import requests"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
});

/** Replaces the documented origin and secret with those of the test server. */
const pointedAt = (source: string, server: TestServer): string =>
  source
    .replaceAll(/https:\/\/verify\.[a-z.]+/g, server.origin)
    .replaceAll(/(['"])your-secret-key\1/g, JSON.stringify(server.vars.MUSICQR_SECRET_KEY));

describe.skipIf(!document)("clients written from the document", () => {
  let server: TestServer;
  const folder = mkdtempSync(join(tmpdir(), "ensemble-clients-"));
  const blocks = (language: string) => codeBlocks(document ?? "", language);

  beforeAll(async () => {
    server = await startServer();
  }, 120_000);

  afterAll(async () => {
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("the Python example runs unchanged and prints the documented messages", async () => {
    if (!python) {
      if (process.env.CI) throw new Error("no Python with requests");
      console.log("SKIPPED: no Python with requests (Debian: python3-requests)");
      return;
    }
    const example = blocks("python").find((block) => block.includes("import requests"));
    const file = join(folder, "example.py");
    writeFileSync(file, pointedAt(example ?? "", server));
    const env = { PATH: process.env.PATH, PYTHONIOENCODING: "utf-8" };
    // The example verifies a code before it syncs it, so only the second run finds it genuine.
    const first = await run(python, [file], { env });
    expect(first.stdout).toMatch(/running\n.*授权码不存在或无效\n.*授权码同步成功\n$/);
    const second = await run(python, [file], { env });
    expect(second.stdout).toMatch(/running\n.*正版乐谱，验证通过\n.*授权码同步成功\n$/);
  });

  it("the JavaScript class runs unchanged and prints the documented message", async () => {
    const example = blocks("javascript").find((block) => block.includes("class MusicQRClient"));
    const file = join(folder, "example.mjs");
    writeFileSync(file, pointedAt(example ?? "", server));
    const { stdout } = await run(process.execPath, [file]);
    expect(stdout).toMatch(/(正版乐谱，验证通过|授权码不存在或无效)\n$/);
  });

  it("the JavaScript class gets an error that explains that it sends a promise as its key", async () => {
    const example = blocks("javascript").find((block) => block.includes("class MusicQRClient")) ?? "";
    const use = `console.log("SYNC", JSON.stringify(await client.syncCodes([{ code: "JSCL45678924" }])));`;
    const file = join(folder, "promise.mjs");
    writeFileSync(file, pointedAt(example, server) + use);
    const { stdout } = await run(process.execPath, [file]);
    expect(stdout).toMatch(/SYNC .*API密钥无效：.*Promise.*await.*INVALID_API_KEY/);
  });

  it("the JavaScript class syncs codes once the key it computes has been awaited", async () => {
    const example = blocks("javascript").find((block) => block.includes("class MusicQRClient")) ?? "";
    // The documented class sends the promise of its key, so its user must await it first.
    const use = `
      const own = new MusicQRClient(${JSON.stringify(server.origin)}, ${JSON.stringify(server.vars.MUSICQR_SECRET_KEY)});
      own.apiKey = await own.apiKey;
      console.log("STATUS", (await own.getStatus()).status);
      console.log("SYNC", (await own.syncCodes([{ code: "JSCL45678923", created_date: "2024-08-08T12:00:00Z" }])).message);
      console.log("VERIFY", (await own.verifyCode("JSCL45678923")).message);`;
    const file = join(folder, "sync.mjs");
    writeFileSync(file, pointedAt(example, server) + use);
    const { stdout } = await run(process.execPath, [file]);
    // The documented code prints a line of its own, at any time.
    const lines = stdout.split("\n").filter((line) => /^(STATUS|SYNC|VERIFY) /.test(line));
    expect(lines).toEqual(["STATUS running", "SYNC 授权码同步成功", "VERIFY 正版乐谱，验证通过"]);
  });

  it("the documented derivation gives a valid API key", async () => {
    if (!python) return;
    const recipe = blocks("python").find((block) => !block.includes("requests")) ?? "";
    const file = join(folder, "key.py");
    writeFileSync(file, `${pointedAt(recipe, server)}\nprint(api_key)\n`);
    const { stdout } = await run(python, [file]);
    const response = await fetch(`${server.origin}/api/codes/batch`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-api-key": stdout.trim() },
      body: JSON.stringify({ codes: ["ABCD12345678"] }),
    });
    expect(response.status).toBe(200);
  });

  it("every documented curl command is answered with the fields of its example", async () => {
    const commands = blocks("bash").filter((block) => block.startsWith("curl"));
    expect(commands.length).toBeGreaterThanOrEqual(3);
    const login = await fetch(`${server.origin}/admin/login`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ username: server.vars.ADMIN_USERNAME, password: server.vars.ADMIN_PASSWORD }),
    });
    const session = login.headers.get("set-cookie")?.split(";")[0] ?? "";
    for (const command of commands) {
      const script = pointedAt(command, server).replace("session=your-session-cookie", session);
      const { stdout } = await run("bash", ["-c", script.replace("curl ", "curl -sS ")]);
      const answer = JSON.parse(stdout);
      expect(answer.success ?? true).toBe(true);
      if (command.includes("/api/status")) expect(answer).toMatchObject({ status: "running", stats: {} });
      if (command.includes("/api/verify/"))
        expect(answer).toMatchObject({ valid: true, activated: true, query_count: expect.any(Number) });
      if (command.includes("/admin/api/codes"))
        expect(answer.data.pagination).toMatchObject({ page: 1, per_page: 20 });
    }
  });
});
