import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

const isThere = (program: string): boolean =>
  (process.env.PATH ?? "").split(delimiter).some((folder) => existsSync(join(folder, program)));

/**
 * Whether tests that need programs of the machine run here. When a program is missing, CI fails; elsewhere a line of
 * output says that the tests are skipped. `needed` maps each program to its Debian package; a key with a leading `/`
 * is a file of the package.
 */
export const hasPrograms = (tests: string, needed: Readonly<Record<string, string>>): boolean => {
  const missing = Object.keys(needed).filter(
    (name) => !(name.startsWith("/") ? existsSync(name) : isThere(name)),
  );
  if (missing.length === 0) return true;
  const packages = [...new Set(missing.map((name) => needed[name]))].join(" ");
  if (process.env.CI) throw new Error(`${missing.join(", ")} missing (Debian: ${packages})`);
  console.log(`SKIPPED: ${tests}, no ${missing.join(", ")} here (Debian: apt-get install ${packages})`);
  return false;
};
