import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apiDocument, codeBlocks } from "../support/documents.ts";
import { buildMeeting, hasQt } from "../support/qt/build.ts";
import { startServer, type TestServer } from "../support/server.ts";

const PASSWORD = "a good password";
const document = apiDocument("meeting");

/**
 * The document's examples that declare a class. The last example, the flow, declares none; meeting.cpp follows it
 * step by step.
 */
const classes = codeBlocks(document ?? "", "cpp").filter((block) =>
  /^class \w+ : public QObject/m.test(block),
);

interface Ended {
  readonly code: number | null;
  readonly steps: string[];
  readonly errors: string;
}

describe.skipIf(!document || !hasQt())("the document's own C++ classes", () => {
  let server: TestServer;
  let program = "";
  let folder = "";

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "ensemble-qt-"));
    program = await buildMeeting(classes, folder);
    server = await startServer();
    for (const username of ["qt-host", "qt-guest"]) {
      const registered = await fetch(`${server.origin}/api/v1/auth/register`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
          username,
          email: `${username}@example.com`,
          password: PASSWORD,
          full_name: username,
        }),
      });
      if (registered.status !== 201) throw new Error(await registered.text());
    }
  }, 120_000);

  afterAll(async () => {
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const meet = (password: string): Promise<Ended> =>
    new Promise((resolve) => {
      const child = execFile(
        program,
        [server.origin, "qt-host", "qt-guest", password],
        // Qt warns about locales without UTF-8.
        { timeout: 60_000, env: { ...process.env, LC_ALL: "C.UTF-8" } },
        (_, stdout, errors) => resolve({ code: child.exitCode, steps: stdout.trim().split("\n"), errors }),
      );
    });

  it("are the API client and the signaling client", () => {
    expect(classes.map((block) => /^class (\w+)/m.exec(block)?.[1])).toEqual([
      "APIClient",
      "SignalingClient",
    ]);
  });

  it("sign in, create and join a meeting, open the socket, and exchange offer, answer and candidates", async () => {
    expect(await meet(PASSWORD)).toEqual({
      code: 0,
      steps: [
        "meetingCreationFailed",
        "loginSuccess twice",
        "meetingCreated 团队会议 2031-02-03T04:05:06.000Z",
        "joined twice",
        "connected twice",
        "user-joined",
        "offerReceived",
        "answerReceived",
        "ice-candidate both ways",
        "offer and answer by the names that joining gave",
      ],
      errors: expect.stringMatching(/^WebSocket connected$/m),
    });
  });

  it("emit loginFailed for a wrong password", async () => {
    expect(await meet("a bad password")).toEqual({
      code: 1,
      steps: ["meetingCreationFailed"],
      errors: expect.stringMatching(/^FAILED: loginFailed: ./m),
    });
  });
});
