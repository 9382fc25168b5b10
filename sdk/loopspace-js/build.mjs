// Builds dist/: one bundle for `import` and one for `require`, each with its declarations. esbuild and TypeScript
// come from the node_modules of this folder or of the repository.
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
// The package has "type": "module"; this file marks the bundle and the declarations in dist/cjs as CommonJS.
writeFileSync(join(ROOT, "dist/cjs/package.json"), '{ "type": "commonjs" }\n');
