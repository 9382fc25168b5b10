// Makes dist/: one file of code each for `import` and `require`, with declarations beside it. esbuild and TypeScript
// come from this folder's node_modules or from the repository's.
import { execFileSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { buildSync } from "esbuild";

const ROOT = import.meta.dirname;
const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");

rmSync(join(ROOT, "dist"), { recursive: true, force: true });
for (const format of ["esm", "cjs"]) {
  const folder = join(ROOT, "dist", format);
  buildSync({
    entryPoints: [join(ROOT, "src/index.ts")],
    outfile: join(folder, "index.js"),
    bundle: true,
    format,
    platform: "neutral",
    target: "es2022",
    logLevel: "warning",
  });
  execFileSync(process.execPath, [tsc, "-p", ROOT, "--outDir", folder], { stdio: "inherit" });
}
// The package is of type "module"; what lies here, code and declarations, is not.
writeFileSync(join(ROOT, "dist/cjs/package.json"), '{ "type": "commonjs" }\n');
