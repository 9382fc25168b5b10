import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apiDocument, codeBlocks } from "../support/documents.ts";
import { startServer, type TestServer } from "../support/server.ts";

const run = promisify(execFile);
const document = apiDocument("sora");

interface Answer {
  readonly id: string;
  readonly accessToken: string;
  readonly user: { email: string };
  readonly status: string;
}

describe.skipIf(!document)("the document's own curl commands", () => {
  let server: TestServer;
  let token = "";
  let video = "";
  const commands = codeBlocks(document ?? "", "bash").filter((block) => block.trim().startsWith("curl"));

  beforeAll(async () => {
    server = await startServer();
  }, 120_000);

  afterAll(async () => {
    await server?.stop();
  });

  /** Runs the command unchanged except for the URL, the token and the id, which the document leaves open. */
  const curl = async (path: string): Promise<{ status: number; text: string }> => {
    const command = commands.find((block) => new RegExp(`localhost:3001${path}(\\s|$)`).test(block));
    if (!command) throw new Error(`the document has no command for ${path}`);
    const filled = command
      .replaceAll("http://localhost:3001", server.origin)
      .replaceAll("<access_token>", token)
      .replaceAll("/:id/", `/${video}/`)
      .trim()
      .replace(/^curl /, "curl -sN -w '\\n%{http_code}' ");
    const { stdout } = await run("bash", ["-c", filled], { maxBuffer: 10_000_000 });
    const lines = stdout.split("\n");
    return { status: Number(lines.pop()), text: lines.join("\n") };
  };

  /** Returns the documented answer to the nth command that has one. */
  const documented = (n: number): Record<string, unknown> =>
    JSON.parse(codeBlocks(document ?? "", "json")[n] ?? "{}");

  const keysOf = (value: unknown): string[] => Object.keys(value as object).sort();

  it("are complete", () => {
    expect(commands).toHaveLength(5);
  });

  it("register an account", async () => {
    const { status, text } = await curl("/api/auth/register");
    expect(status).toBe(201);
    const answer = JSON.parse(text) as Answer;
    const shown = documented(0);
    expect(keysOf(answer)).toEqual(keysOf(shown));
    expect(keysOf(answer.user)).toEqual(expect.arrayContaining(keysOf(shown.user)));
  });

  it("sign in", async () => {
    const { status, text } = await curl("/api/auth/login");
    expect(status).toBe(200);
    token = (JSON.parse(text) as Answer).accessToken;
    expect(token).toMatch(/^eyJ/);
  });

  it("generate a video", async () => {
    const { status, text } = await curl("/api/videos/generate");
    expect(status).toBe(201);
    const answer = JSON.parse(text) as Answer;
    const shown = documented(1);
    expect(keysOf(answer)).toEqual(expect.arrayContaining(keysOf(shown)));
    expect(answer).toMatchObject({ status: shown.status, prompt: shown.prompt, duration: shown.duration });
    video = answer.id;
  });

  it("poll the progress", async () => {
    const { status, text } = await curl("/api/videos/:id/status");
    expect(status).toBe(200);
    expect(keysOf(JSON.parse(text))).toEqual(expect.arrayContaining(keysOf(documented(2))));
  });

  it("generate a video and stream its progress until it is finished", async () => {
    const { status, text } = await curl("/api/videos/generate-stream");
    expect(status).toBe(200);
    const events = text
      .split("\n")
      .flatMap((line) => (line.startsWith("data: ") ? [JSON.parse(line.slice(6)) as Answer] : []));
    expect(events.length).toBeGreaterThan(3);
    expect(events.at(-1)).toMatchObject({ status: "COMPLETED" });
  });

  it("get the documented error for an invalid request", async () => {
    const answer = await fetch(`${server.origin}/api/videos/generate`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body: "{}",
    });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject(documented(3));
  });
});

describe("a forgotten password", () => {
  it("is reset with the link in a mail, which is in the reader's language and in the file that the log names", async () => {
    const server = await startServer();
    try {
      const post = (path: string, body: unknown, headers = {}) =>
        fetch(server.origin + path, {
          method: "POST",
          headers: { "content-type": "application/json", ...headers },
          body: JSON.stringify(body),
        });
      const identity = {
        email: "forgetful@example.com",
        username: "forgetful",
        password: "the first password",
      };
      await post("/api/auth/register", identity);
      const known = await post(
        "/api/auth/forgot-password",
        { email: identity.email },
        { "accept-language": "en" },
      );
      const unknown = await post("/api/auth/forgot-password", { email: "nobody@example.com" });
      expect([known.status, await known.text()]).toEqual([unknown.status, await unknown.text()]);
      // The mail that confirms the address of the new account comes first.
      let mail = "";
      for (let i = 0; i < 100 && !mail; i++) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        const mails = [...server.logs().matchAll(/Text: (\S+\.txt)/g)].map(([, file = ""]) =>
          readFileSync(file, "utf8"),
        );
        mail = mails.find((text) => text.includes("/reset-password?token=")) ?? "";
      }
      expect(mail).toContain("Hello forgetful");
      const link = /http\S+\/reset-password\?token=[\w-]+/.exec(mail)?.[0] ?? "";
      const page = await fetch(link, { headers: { "accept-language": "en" } });
      expect(page.status).toBe(200);
      expect(await page.text()).toContain("Set a new password");
      const form = new URLSearchParams({
        token: new URL(link).searchParams.get("token") ?? "",
        password: "the second password",
      });
      const done = await fetch(`${server.origin}/reset-password`, { method: "POST", body: form });
      expect(done.status).toBe(200);
      const again = await fetch(`${server.origin}/reset-password`, { method: "POST", body: form });
      expect(again.status).toBe(400);
      expect((await post("/api/auth/login", identity)).status).toBe(401);
      expect((await post("/api/auth/login", { ...identity, password: "the second password" })).status).toBe(
        200,
      );
      expect(server.logs()).not.toContain(new URL(link).searchParams.get("token") ?? "");
    } finally {
      await server.stop();
    }
  });
});
