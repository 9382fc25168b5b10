// Runs before every npm script that needs packages. Plain JavaScript without imports from node_modules: it must work
// on the machine's own Node (20 or later) in a fresh clone. It installs when node_modules is missing or differs from
// package-lock.json, and costs some ten milliseconds otherwise. With a folder as argument, such as test/clients, it does
// the same for the package there, without install scripts.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = process.argv[2];
const root = join(dirname(dirname(fileURLToPath(import.meta.url))), folder ?? ".");

const packagesOf = (file) => {
  try {
    return JSON.parse(readFileSync(join(root, file), "utf8")).packages ?? {};
  } catch {
    return undefined;
  }
};

/** Says what is wrong with node_modules, or undefined. npm writes its hidden lock file at the end of an install. */
const whatIsMissing = () => {
  const wanted = packagesOf("package-lock.json");
  const installed = packagesOf("node_modules/.package-lock.json");
  if (!installed) return "node_modules is not there yet";
  for (const [path, { version, optional, link }] of Object.entries(wanted ?? {})) {
    if (path === "" || link) continue;
    const there = installed[path];
    // packages for other platforms are optional and stay away
    if (!there && optional) continue;
    if (there?.version !== version) return `${path} is not at ${version}`;
  }
  if (!folder && !existsSync(join(root, "node_modules/.bin/node")))
    return "node_modules/.bin/node is missing";
  return undefined;
};

const reason = whatIsMissing();
if (reason) {
  console.log(`Installing packages${folder ? ` of ${folder}` : ""} (${reason}) ...`);
  const flags = ["ci", "--no-audit", "--no-fund", ...(folder ? ["--ignore-scripts"] : [])];
  const npm = process.env.npm_execpath;
  const result = npm?.endsWith(".js")
    ? spawnSync(process.execPath, [npm, ...flags], { cwd: root, stdio: "inherit" })
    : spawnSync("npm", flags, { cwd: root, stdio: "inherit", shell: process.platform === "win32" });
  const still = result.status === 0 ? whatIsMissing() : "npm ci failed";
  if (still) {
    console.error(`\nThe packages could not be installed: ${still}.`);
    console.error(
      "Check the network and the npm registry (npm ping), delete node_modules, and run `npm ci` by hand.",
    );
    process.exit(1);
  }
}
