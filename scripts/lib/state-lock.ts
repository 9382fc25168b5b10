import { accessSync, constants, readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { makeFolder } from "./paths.ts";

const SQLITE_BUSY = 5;
/** TRIES * WAIT_MS is longer than a stopping server needs to write its last scans. */
const TRIES = 14;
const WAIT_MS = 250;

/** Keeps the databases open as long as the process lives, because closing one would release its lock. */
const held: DatabaseSync[] = [];

const isBusy = (error: unknown): boolean =>
  error instanceof Error && "errcode" in error && error.errcode === SQLITE_BUSY;

/** Returns the first file or folder, up to two levels deep, that this process cannot write to. */
const unwritableIn = (folder: string, levels = 2): string | undefined => {
  const mode = constants.R_OK | constants.W_OK;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    try {
      accessSync(path, entry.isDirectory() ? mode | constants.X_OK : mode);
    } catch {
      return path;
    }
    const inside = entry.isDirectory() && levels > 0 ? unwritableIn(path, levels - 1) : undefined;
    if (inside !== undefined) return inside;
  }
  return undefined;
};

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error ? String(error.code) : String(error);

/**
 * Locks the state folder for this process. The operating system holds the lock on a SQLite file, so it ends with the
 * process however that ends, on Linux and macOS alike. Returns a one-line error where the folder cannot be locked.
 */
export const lockState = async (folder: string): Promise<string | undefined> => {
  try {
    makeFolder(folder);
    const unwritable = unwritableIn(folder);
    if (unwritable !== undefined)
      return `Cannot write to ${unwritable}, which is part of the server's state (STATE_DIR)`;
  } catch (error) {
    return `Cannot write to the state folder ${folder} (STATE_DIR): ${codeOf(error)}`;
  }
  for (let tries = 1; ; tries++) {
    try {
      const database = new DatabaseSync(join(folder, "server.lock"));
      held.push(database);
      database.exec("BEGIN EXCLUSIVE");
      return undefined;
    } catch (error) {
      held.pop()?.close();
      if (!isBusy(error)) return `Cannot write to the state folder ${folder} (STATE_DIR): ${codeOf(error)}`;
      if (tries === TRIES)
        return `Another server uses the state folder ${folder}. Stop it, or give this one its own: STATE_DIR=.wrangler/state-2`;
    }
    await sleep(WAIT_MS);
  }
};
