import { mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";

/** The root folder of the checkout. */
export const ROOT = resolve(import.meta.dirname, "../..");

/**
 * Creates a folder and its parents. Node's own `recursive` option never returns where a file system answers ENOENT
 * for a new folder in an existing one, as /proc does.
 */
export const makeFolder = (path: string): void => {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  if (dirname(path) !== path) makeFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    // Another process may have created it in the meantime.
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
};
