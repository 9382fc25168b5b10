import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { startServer } from "../support/server.ts";

const run = promisify(execFile);

it("the OpenAPI documents pass a strict linter without errors", { timeout: 180_000 }, async () => {
  const server = await startServer();
  const folder = mkdtempSync(join(tmpdir(), "ensemble-openapi-"));
  try {
    for (const name of [
      "api-docs.json",
      "api-docs/musicqr.json",
      "api-docs/sora.json",
      "api-docs/studio.json",
      "api-docs/meeting.json",
      "api-docs/loopspace.json",
    ]) {
      const response = await fetch(`${server.origin}/${name}`);
      const file = join(folder, name.replaceAll("/", "-"));
      writeFileSync(file, await response.text());
      // Without these variables, redocly looks for updates and sends telemetry over the network.
      const env = { ...process.env, REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true" };
      const cli = join(import.meta.dirname, "../../node_modules/@redocly/cli/bin/cli.js");
      const { stdout, stderr } = await run(process.execPath, [cli, "lint", "--format=summary", file], {
        env,
      });
      expect(stdout + stderr).toMatch(/Your API description is valid|validated/i);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await server.stop();
  }
});
