import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "./paths.ts";

/** Contains the last bundle, in a folder that is named after the digest of its sources. */
const CACHE = join(ROOT, ".wrangler/bundle");
/** What the bundle is made from. The lock file of node_modules stands for the packages. */
const SOURCES = [
  "durable",
  "migrations/meta/_journal.json",
  "node_modules/.package-lock.json",
  "package.json",
  "scripts/lib/bundle.ts",
  "src",
  "tsconfig.json",
  "wrangler.toml",
];

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

const filesOf = async (source: string): Promise<string[]> => {
  const entries = await readdir(join(ROOT, source), { recursive: true, withFileTypes: true }).catch(() => []);
  if (entries.length === 0) return [join(ROOT, source)];
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
};

const digestOfSources = async (): Promise<string> => {
  const files = (await Promise.all(SOURCES.map(filesOf))).flat().toSorted();
  const contents = await Promise.all(files.map((file) => readFile(file)));
  const hash = createHash("sha256");
  for (const [index, bytes] of contents.entries())
    hash.update(`${files[index]}\0${bytes.length}\0`).update(bytes);
  return hash.digest("hex");
};

const modulesIn = async (folder: string, root: string): Promise<WorkerModule[]> => {
  const modules: WorkerModule[] = [];
  for (const file of (await readdir(folder, { recursive: true })).toSorted()) {
    const type = typeOf(file);
    if (!type) continue;
    const bytes = await readFile(join(folder, file));
    const contents = type === "ESModule" || type === "Text" ? bytes.toString("utf8") : new Uint8Array(bytes);
    modules.push({ type, path: join(root, file), contents });
  }
  const isEntry = (module: WorkerModule) => module.path === join(root, "worker.js");
  return [...modules.filter(isEntry), ...modules.filter((module) => !isEntry(module))];
};

/** Makes `folder` the only one in the cache. Another process may have put the same bundle there first. */
const keepAs = async (folder: string, digest: string): Promise<void> => {
  for (const name of await readdir(CACHE))
    if (/^[0-9a-f]{64}$/.test(name) && name !== digest)
      await rm(join(CACHE, name), { recursive: true, force: true });
  await rename(folder, join(CACHE, digest)).catch(() => rm(folder, { recursive: true, force: true }));
};

/**
 * Bundles src/worker.ts with wrangler itself, so that the local server runs the same code as a deployment. The entry
 * module comes first. Takes the bundle of an earlier call if its sources have not changed, because wrangler needs
 * several seconds, and the end-to-end tests start dozens of servers.
 */
export const bundleWorker = async (root: string): Promise<WorkerModule[]> => {
  const digest = await digestOfSources();
  const cached = await modulesIn(join(CACHE, digest), root).catch(() => []);
  if (cached.length > 0) return cached;
  await mkdir(CACHE, { recursive: true });
  const folder = await mkdtemp(join(CACHE, "draft-"));
  try {
    await run(["deploy", "--dry-run", "--env", "", "--outdir", folder]);
    const modules = await modulesIn(folder, root);
    // A source that changed in the meantime may be in this bundle, which then is not the one of the digest.
    if ((await digestOfSources()) === digest) await keepAs(folder, digest);
    else await rm(folder, { recursive: true, force: true });
    return modules;
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
};
