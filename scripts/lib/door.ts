// A Miniflare plugin with one socket. Miniflare's own sockets do not serve here: its entry socket runs a worker that
// answers 2 thousand requests a second, shows stack traces and opens the buckets under /cdn-cgi/local to the network;
// its direct socket knows no client address and sends every request through the asset router (4 thousand).
// Through this door it is some 10 thousand.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "miniflare";

export interface DoorOptions {
  /** host:port to listen on */
  address: string;
  /** the paths the static files answer */
  filePaths: string[];
}

const source = readFileSync(join(import.meta.dirname, "door-worker.js"), "utf8");

const door: Plugin = {
  getBindings: () => undefined,
  getNodeBindings: () => ({}),
  getServices: ({ options }) => {
    const { name, env } = options.config;
    const door = env?.DOOR as { dev?: { options?: DoorOptions } } | undefined;
    if (!door?.dev?.options) return undefined;
    const { address, filePaths } = door.dev.options;
    return {
      services: [
        {
          name: "door",
          worker: {
            modules: [{ name: "door-worker.js", esModule: source }],
            compatibilityDate: "2026-11-01",
            bindings: [
              { name: "WORKER", service: { name: `core:user:${name}` } },
              { name: "FILES", service: { name: `assets:rpc-proxy:${name}` } },
              { name: "FILE_PATHS", json: JSON.stringify(filePaths) },
            ],
          },
        },
      ],
      extensions: [],
      sockets: [{ name: "door", address, service: { name: "door" }, http: {} }],
    };
  },
};

export const plugins = { door };

/** The option of a Miniflare worker that puts the door before it. */
export const withDoor = (options: DoorOptions) => ({
  name: "DOOR",
  type: "door",
  plugin: { package: import.meta.filename, name: "door" },
  options: { ...options },
});
