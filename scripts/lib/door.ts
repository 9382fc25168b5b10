// A Miniflare plugin that opens one socket with the front worker ("door") behind it. Miniflare's own sockets do not
// fit: its entry socket runs a worker that handles 2,000 requests a second, shows stack traces and exposes the
// buckets under /cdn-cgi/local to the network; its direct socket does not report the client address and sends every
// request through the asset router (4,000 requests a second). The front worker handles about 10,000.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "miniflare";

export interface DoorOptions {
  /** host:port to listen on */
  address: string;
  /** the paths of the static files */
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

/** Returns the option that puts the front worker before a Miniflare worker. */
export const withDoor = (options: DoorOptions) => ({
  name: "DOOR",
  type: "door",
  plugin: { package: import.meta.filename, name: "door" },
  options: { ...options },
});
