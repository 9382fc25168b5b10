import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const GUIDE = readFileSync(join(ROOT, "docs/add-a-product.md"), "utf8");

/** A code block of the guide. Its first line names the file. */
const BLOCK = /```ts\n\/\/ (\S+)\n(.*?)```/gs;

const copy = join(mkdtempSync(join(tmpdir(), "ensemble-guide-")), "ensemble");

/** Runs a command of the packages in the copy and returns its exit status and output. */
const run = (command: string, ...args: string[]) => {
  const done = spawnSync(join(copy, "node_modules/.bin", command), args, { cwd: copy, encoding: "utf8" });
  return { status: done.status, output: done.stdout + done.stderr };
};
const checkImports = () => run("depcruise", "--config", ".dependency-cruiser.cjs", "src", "durable");

beforeAll(() => {
  const files = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  for (const file of files.split("\0").filter((name) => name !== "")) {
    cpSync(join(ROOT, file), join(copy, file));
  }
  cpSync(join(ROOT, "public"), join(copy, "public"), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
  for (const [, path = "", code = ""] of GUIDE.matchAll(BLOCK)) {
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    writeFileSync(join(copy, path), code);
  }
  const list = join(copy, "src/products.ts");
  const withEcho = readFileSync(list, "utf8")
    .replace("import ", 'import { echo } from "./products/echo/product.ts";\nimport ')
    .replace(/(PRODUCTS: readonly Product\[\] = \[.*?)\]/, "$1, echo]");
  writeFileSync(list, withEcho);
});

afterAll(() => rmSync(dirname(copy), { recursive: true, force: true }));

describe("the guide to add a product", () => {
  it("compiles", () => {
    expect(run("tsc", "-p", "tsconfig.json")).toEqual({ status: 0, output: "" });
  });

  it("keeps the import rules", () => {
    expect(checkImports().output).toContain("no dependency violations");
  });

  it("is formatted", () => {
    expect(run("biome", "check", "src/products/echo", "test/echo")).toMatchObject({ status: 0 });
  });

  it("gives a product that answers as its test says", () => {
    const { status, output } = run("vitest", "run", "test/echo");
    expect(output).toMatch(/4 passed/);
    expect(status).toBe(0);
  });

  it("does not let a product import another one", () => {
    const path = join(copy, "src/products/echo/operations/echo.ts");
    const code = readFileSync(path, "utf8");
    writeFileSync(path, `import "../../musicqr/domain/index.ts";\n${code}`);
    expect(checkImports().output).toContain("products-do-not-meet");
    writeFileSync(path, code);
  });
});
