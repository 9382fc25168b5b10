import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { ensureDevVars } from "../../scripts/lib/dev-vars.ts";
import { codeBlocks } from "../support/documents.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const textOf = (path: string): string => readFileSync(join(ROOT, path), "utf8");
const namesIn = (text: string, pattern: RegExp): Set<string> =>
  new Set([...text.matchAll(pattern)].map((match) => match[1] ?? ""));

describe("settings", () => {
  const folder = mkdtempSync(join(tmpdir(), "ensemble-settings-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const settings = namesIn(textOf("src/platform/settings.ts"), /^ {4}([A-Z][A-Z0-9_]+):/gm);

  it("are all documented in .dev.vars.example, and no others are", () => {
    expect(settings.size).toBeGreaterThan(70);
    expect(namesIn(textOf(".dev.vars.example"), /^#?([A-Z][A-Z0-9_]+)=/gm)).toEqual(settings);
  });

  it("can all be set in the environment of npm start", () => {
    const known = namesIn(textOf("scripts/lib/dev-vars.ts"), /^ {2}"?([A-Z][A-Z0-9_]+)"?[,:]/gm);
    expect([...settings].filter((name) => !known.has(name))).toEqual([]);
  });

  it("are production settings in each command that reads wrangler.toml", () => {
    const commands =
      textOf("docs/deploy.md").match(/wrangler (deployments|rollback|secret|tail|d1 (?!create)).*/g) ?? [];
    expect(commands.length).toBeGreaterThanOrEqual(10);
    expect(commands.filter((command) => !command.includes("--env production"))).toEqual([]);
  });

  it("let the README's command derive MusicQR's key, also from a copied example file", () => {
    const file = join(folder, ".dev.vars");
    copyFileSync(join(ROOT, ".dev.vars.example"), file);
    const { vars } = ensureDevVars(file);
    const block = codeBlocks(textOf("README.md"), "sh").find((one) => one.includes("musicqr_api_salt")) ?? "";
    const derive = block.split("\n").slice(0, 2).join("\n");
    const said = execFileSync("sh", ["-c", `${derive}\nprintf '%s %s' "$SECRET" "$KEY"`], { cwd: folder });
    const [secret, key] = said.toString().split(" ");
    expect(secret).toBe(vars.MUSICQR_SECRET_KEY);
    expect(key).toMatch(/^[0-9a-f]{64}$/);
  });
});
