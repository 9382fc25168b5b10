import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "./paths.ts";

type ModuleType = "ESModule" | "CompiledWasm" | "Text" | "Data";
export interface WorkerModule {
  type: ModuleType;
  path: string;
  contents: string | Uint8Array;
}

/** Returns the module type of a file by wrangler's default rules; undefined for files that are not modules. */
const typeOf = (file: string): ModuleType | undefined => {
  if (/\.m?js$/.test(file)) return "ESModule";
  if (file.endsWith(".wasm")) return "CompiledWasm";
  if (/\.(txt|html|sql)$/.test(file)) return "Text";
  if (file.endsWith(".bin")) return "Data";
  return undefined;
};

const run = (args: string[]): Promise<void> =>
  new Promise((resolve, reject) => {
    const env = {
      ...process.env,
      NO_COLOR: "1",
      WRANGLER_SEND_METRICS: "false",
      WRANGLER_HIDE_BANNER: "true",
    };
    const child = spawn(process.execPath, [join(ROOT, "node_modules/wrangler/bin/wrangler.js"), ...args], {
      cwd: ROOT,
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    child.stdout.on("data", (chunk) => {
      output += chunk;
    });
    child.stderr.on("data", (chunk) => {
      output += chunk;
    });
    child.on("error", reject);
    child.on("close", (code) =>
      code === 0 ? resolve() : reject(new Error(`The Worker could not be bundled:\n${output}`)),
    );
  });

/**
 * Bundles src/worker.ts with wrangler itself, so that the local server runs the same code as a deployment. The entry
 * module comes first.
 */
export const bundleWorker = async (root: string): Promise<WorkerModule[]> => {
  const folder = await mkdtemp(join(tmpdir(), "ensemble-bundle-"));
  try {
    await run(["deploy", "--dry-run", "--env", "", "--outdir", folder]);
    const files = (await readdir(folder, { recursive: true })).toSorted();
    const modules: WorkerModule[] = [];
    for (const file of files) {
      const type = typeOf(file);
      if (!type) continue;
      const bytes = await readFile(join(folder, file));
      const contents =
        type === "ESModule" || type === "Text" ? bytes.toString("utf8") : new Uint8Array(bytes);
      modules.push({ type, path: join(root, file), contents });
    }
    const isEntry = (module: WorkerModule) => module.path === join(root, "worker.js");
    return [...modules.filter(isEntry), ...modules.filter((module) => !isEntry(module))];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
