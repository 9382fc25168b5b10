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

/** Miniflare says where it put a mail, and nothing else of what it says is for people. */
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
  /** where D1, R2 and the durable objects are kept: wrangler's layout */
  persistTo: string;
  modules: WorkerModule[];
  vars: Vars;
  /** names of the files in public/ */
  files: string[];
  onLog: (log: WorkerLog) => void;
}

/** What is needed of wrangler.toml's top level (its own type comes from a package that is not installed). */
interface WranglerConfig {
  name?: string;
  vars: Vars;
  d1_databases: { binding: string; database_id?: string }[];
}
const config = (): WranglerConfig => readConfig({ config: CONFIG });

/** What the Worker is given as settings: those of wrangler.toml, and over them those of this start. */
export const settingsFor = (vars: Vars): Vars => ({ ...config().vars, ...vars });

/** The id of the D1 database, as wrangler.toml has it: the local database is stored under it. */
export const databaseId = (): string => {
  const database = config().d1_databases.find(({ binding }) => binding === "DB");
  if (!database?.database_id) throw new Error("wrangler.toml binds no D1 database as DB");
  return database.database_id;
};

/** See workerd.sh. Where it cannot run (Windows, a checkout without the executable bit) workerd runs by itself. */
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

/** The paths by which a file in public/ is asked for; pages also without `.html`. */
const pathsOf = (file: string): string[] => {
  if (file === "_headers" || file === "_redirects") return [];
  const path = `/${file.split("/").map(encodeURIComponent).join("/")}`;
  if (!path.endsWith(".html")) return [path];
  return [path, path.slice(0, -".html".length), path.replace(/\/index\.html$/, "/")];
};

/** Serves the Worker with the bindings of wrangler.toml. Resolves once it listens. */
export const serve = async (options: ServeOptions): Promise<Miniflare> => {
  shieldWorkerd();
  // else wrangler says it uses secrets of .dev.vars, which are not used (see below)
  process.env.WRANGLER_LOG ??= "warn";
  // `modulesRules` is for Miniflare's own module collector; the bundle is complete. `bindings` would hold what wrangler
  // found in .dev.vars and .env; which file counts is decided by start.ts.
  const { workerOptions } = workerOptionsOf(CONFIG);
  const { modulesRules: _rules, bindings: _bindings, rootPath: _root, ...worker } = workerOptions;
  const { name = "ensemble" } = config();
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      // Miniflare's own socket: for this process only. Clients come through the door.
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
  // Miniflare ends the process at the first signal. start.ts does it, after the queue has drained; Miniflare's hook on
  // the process's exit stays.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.removeAllListeners(signal);
  await miniflare.ready;
  return miniflare;
};
