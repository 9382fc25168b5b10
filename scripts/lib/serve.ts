import { accessSync, constants } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";
import {
  unstable_readConfig as readConfig,
  unstable_getMiniflareWorkerOptions as workerOptionsOf,
} from "wrangler";
import type { WorkerModule } from "./bundle.ts";
import type { Vars } from "./dev-vars.ts";
import { withDoor } from "./door.ts";
import { ROOT } from "./paths.ts";

const CONFIG = join(ROOT, "wrangler.toml");

export interface WorkerLog {
  level: string;
  message: string;
}

/** Passes on Miniflare's messages about the files of sent mails. Its other messages are of no use to a user. */
class MailLog extends Log {
  private readonly tell: (log: WorkerLog) => void;

  constructor(level: LogLevel, tell: (log: WorkerLog) => void) {
    super(level);
    this.tell = tell;
  }

  override logWithLevel(level: LogLevel, message: string): void {
    if (/send_email/.test(message)) this.tell({ level: "info", message: `Mail: ${message}` });
    else super.logWithLevel(level, message);
  }
}

export interface ServeOptions {
  host: string;
  port: number;
  /** the folder of D1, R2 and the Durable Objects, in wrangler's layout */
  persistTo: string;
  modules: WorkerModule[];
  vars: Vars;
  /** names of the files in public/ */
  files: string[];
  onLog: (log: WorkerLog) => void;
}

/** The part of wrangler.toml that this file uses. wrangler's own type is in a package that is not installed. */
interface WranglerConfig {
  name?: string;
  vars: Vars;
  d1_databases: { binding: string; database_id?: string }[];
}
const config = (): WranglerConfig => readConfig({ config: CONFIG });

/** Returns the Worker's settings: `vars` take precedence over those of wrangler.toml. */
export const settingsFor = (vars: Vars): Vars => ({ ...config().vars, ...vars });

/** Returns the id of the D1 database in wrangler.toml, under which the local database is stored. */
export const databaseId = (): string => {
  const database = config().d1_databases.find(({ binding }) => binding === "DB");
  if (!database?.database_id) throw new Error("wrangler.toml binds no D1 database as DB");
  return database.database_id;
};

/**
 * Makes Miniflare start workerd through workerd.sh. Where that cannot run (Windows, no executable bit), it is not
 * used.
 */
const shieldWorkerd = (): void => {
  const shield = join(import.meta.dirname, "workerd.sh");
  if (process.platform === "win32" || process.env.MINIFLARE_WORKERD_PATH) return;
  try {
    accessSync(shield, constants.X_OK);
  } catch {
    return;
  }
  const { default: binary } = createRequire(import.meta.url)("workerd") as { default: string };
  process.env.ENSEMBLE_WORKERD = binary;
  process.env.MINIFLARE_WORKERD_PATH = shield;
};

/** Returns the URL paths of a file in public/; pages also have one without `.html`. */
const pathsOf = (file: string): string[] => {
  if (file === "_headers" || file === "_redirects") return [];
  const path = `/${file.split("/").map(encodeURIComponent).join("/")}`;
  if (!path.endsWith(".html")) return [path];
  return [path, path.slice(0, -".html".length), path.replace(/\/index\.html$/, "/")];
};

/** Serves the Worker with the bindings of wrangler.toml. Resolves once it listens. */
export const serve = async (options: ServeOptions): Promise<Miniflare> => {
  shieldWorkerd();
  // Otherwise wrangler logs that it uses the secrets of .dev.vars, which is not true here (see below).
  process.env.WRANGLER_LOG ??= "warn";
  // `modulesRules` is for Miniflare's own module collector, but the bundle is complete. `bindings` has the values
  // that wrangler found in .dev.vars and .env, but start.ts decides which file is used.
  const { workerOptions } = workerOptionsOf(CONFIG);
  const { modulesRules: _rules, bindings: _bindings, rootPath: _root, ...worker } = workerOptions;
  const { name = "ensemble" } = config();
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      // Miniflare's own socket serves only this process. Clients use the socket of the front worker.
      host: "127.0.0.1",
      port: 0,
      cf: false,
      logRequests: false,
      telemetry: { enabled: false },
      log: new MailLog(LogLevel.WARN, options.onLog),
      handleStructuredLogs: options.onLog,
      resourcePersistencePath: options.persistTo,
      ...worker,
      name,
      rootPath: ROOT,
      modulesRoot: ROOT,
      modules: options.modules,
      bindings: settingsFor(options.vars),
      unsafeBindings: [
        withDoor({ address: `${options.host}:${options.port}`, filePaths: options.files.flatMap(pathsOf) }),
      ],
    }),
  );
  // Miniflare's handlers end the process at the first signal. They are removed, because start.ts stops it after the
  // queue has drained. Miniflare's hook on the exit of the process stays.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.removeAllListeners(signal);
  await miniflare.ready;
  return miniflare;
};
