import { mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";

/** The checkout's folder. */
export const ROOT = resolve(import.meta.dirname, "../..");

/**
 * Makes a folder and those above it. Node's own `recursive` never returns where a file system answers ENOENT for a new
 * folder in one that exists, as /proc does.
 */
export const makeFolder = (path: string): void => {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  if (dirname(path) !== path) makeFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    // Another process may have made it meanwhile.
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
};
