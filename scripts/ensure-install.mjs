// Runs before every npm script that needs packages. It is plain JavaScript without imports from node_modules, because
// it must run on the machine's own Node (20 or later) in a fresh clone. It installs when node_modules is missing or
// differs from package-lock.json, and takes about ten milliseconds otherwise. `--to-start` leaves out the packages that
// only tests and checks need, so that a server starts sooner in a fresh clone. With a folder as argument, such as
// test/clients, it installs the package there, without install scripts.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const [argument] = process.argv.slice(2);
const toStart = argument === "--to-start";
const folder = toStart ? undefined : argument;
const root = join(dirname(dirname(fileURLToPath(import.meta.url))), folder ?? ".");

const packagesOf = (file) => {
  try {
    return JSON.parse(readFileSync(join(root, file), "utf8")).packages ?? {};
  } catch {
    return undefined;
  }
};

/**
 * Returns why an install is needed, or undefined. npm writes its hidden lock file at the end of an install, so an
 * interrupted install is noticed.
 */
const whatIsMissing = () => {
  const wanted = packagesOf("package-lock.json");
  const installed = packagesOf("node_modules/.package-lock.json");
  if (!installed) return "node_modules is missing or incomplete";
  for (const [path, { version, optional, link, dev }] of Object.entries(wanted ?? {})) {
    if (path === "" || link || (dev && toStart)) continue;
    const there = installed[path];
    // Optional packages for other platforms are not installed.
    if (!there && optional) continue;
    if (there?.version !== version) return `${path} is not at version ${version}`;
  }
  if (!folder && !existsSync(join(root, "node_modules/.bin/node")))
    return "node_modules/.bin/node is missing";
  return undefined;
};

const reason = whatIsMissing();
if (reason) {
  console.log(`Installing packages${folder ? ` of ${folder}` : ""} (${reason}) ...`);
  // Without warnings: some packages name a newer Node than this machine's, and they run on the one that npm installs.
  const flags = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
  if (folder) flags.push("--ignore-scripts");
  if (toStart) flags.push("--omit=dev");
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
