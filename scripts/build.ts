// Builds public/: Swagger UI, client modules, style sheets and the files of src/ui/static. It may run beside a server
// and beside another build, because each file is written elsewhere and renamed into place, and only if its content
// changed.
import { existsSync } from "node:fs";
import { glob, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { type BuildOptions, build, stop } from "esbuild";
import { extractDecoders } from "./lib/decoders.ts";
import { ROOT } from "./lib/paths.ts";

const PUBLIC = join(ROOT, "public");

const SWAGGER_FILES = ["swagger-ui-bundle.js", "swagger-ui.css", "favicon-16x16.png", "favicon-32x32.png"];

// Files keep their names from build to build, so caching is short. Only static files get these headers; the Worker
// sets its own.
const HEADERS = `/*
  X-Content-Type-Options: nosniff
  Referrer-Policy: strict-origin-when-cross-origin
  Strict-Transport-Security: max-age=31536000; includeSubDomains

/assets/*
  Cache-Control: public, max-age=300, stale-while-revalidate=86400

/swagger/*
  Cache-Control: public, max-age=300, stale-while-revalidate=86400
`;

type Files = Map<string, Uint8Array | string>;

const found = async (pattern: string): Promise<string[]> => {
  const names: string[] = [];
  for await (const name of glob(pattern, { cwd: ROOT })) names.push(name);
  return names.toSorted();
};

const bundled = async (
  files: Files,
  pattern: string,
  extension: string,
  options: BuildOptions,
): Promise<void> => {
  const entries = await found(pattern);
  if (entries.length === 0) return;
  const seen = new Map<string, string>();
  const entryPoints = entries.map((entry) => {
    const name = basename(entry, extname(entry));
    const other = seen.get(name);
    if (other) throw new Error(`${entry} and ${other} would both become assets/${name}.${extension}`);
    seen.set(name, entry);
    return { in: join(ROOT, entry), out: name };
  });
  const result = await build({
    entryPoints,
    outdir: join(PUBLIC, "assets"),
    bundle: true,
    minify: true,
    write: false,
    legalComments: "none",
    logLevel: "silent",
    absWorkingDir: ROOT,
    ...options,
  });
  for (const file of result.outputFiles ?? []) files.set(relative(PUBLIC, file.path), file.contents);
};

const extname = (path: string): string => path.slice(path.lastIndexOf("."));

const copied = async (files: Files, from: string, names: string[], to: string): Promise<void> => {
  for (const name of names) files.set(join(to, name), await readFile(join(from, name)));
};

const filesUnder = async (folder: string): Promise<string[]> => {
  if (!existsSync(folder)) return [];
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
};

const sameContent = async (file: string, content: Uint8Array): Promise<boolean> => {
  try {
    return (await readFile(file)).equals(content);
  } catch {
    return false;
  }
};

/**
 * Makes public/ equal to `files`. Drafts are written elsewhere, because a starting server lists the files of public/.
 */
const publish = async (files: Files): Promise<void> => {
  await mkdir(join(ROOT, ".wrangler"), { recursive: true });
  const drafts = await mkdtemp(join(ROOT, ".wrangler", "build-"));
  try {
    let number = 0;
    for (const [name, content] of files) {
      const bytes = Buffer.from(content as Uint8Array);
      const target = join(PUBLIC, name);
      if (await sameContent(target, bytes)) continue;
      const draft = join(drafts, String(number++));
      await writeFile(draft, bytes);
      await mkdir(dirname(target), { recursive: true });
      await rename(draft, target);
    }
    for (const name of await filesUnder(PUBLIC))
      if (!files.has(name)) await rm(join(PUBLIC, name), { force: true });
  } finally {
    await rm(drafts, { recursive: true, force: true });
  }
};

/**
 * Builds public/ and returns the names of its files. Also extracts the decoders, which the Worker imports as modules.
 */
export const buildAssets = async (): Promise<string[]> => {
  await extractDecoders();
  const files: Files = new Map([["_headers", HEADERS]]);
  await Promise.all([
    bundled(files, "src/**/client/*.{ts,tsx}", "js", {
      format: "esm",
      target: "es2022",
      platform: "browser",
      jsx: "automatic",
      jsxImportSource: "hono/jsx/dom",
    }),
    bundled(files, "src/ui/styles/*.css", "css", { external: ["/*"], target: ["es2020", "safari14"] }),
    copied(files, join(ROOT, "node_modules/swagger-ui-dist"), SWAGGER_FILES, "swagger"),
  ]);
  // Otherwise esbuild's helper process would live as long as this process.
  await stop();
  const fixed = join(ROOT, "src/ui/static");
  await copied(files, fixed, await filesUnder(fixed), "");
  await publish(files);
  return [...files.keys()].toSorted();
};

if (import.meta.main) {
  const files = await buildAssets();
  console.log(`public/ holds ${files.length} files`);
}
