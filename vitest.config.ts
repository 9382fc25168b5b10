import { join } from "node:path";
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-pool-workers";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";
import { extractDecoders } from "./scripts/lib/decoders.ts";
import { startFakes } from "./test/support/fakes/index.ts";

// The decoders must exist before a test imports them.
await extractDecoders();

/** Gives the accounts domain cheap password hashes. A test that imports the real module itself gets it. */
const cheapPasswords: Plugin = {
  name: "cheap-passwords",
  enforce: "pre",
  resolveId: (source, importer) =>
    source === "./passwords.ts" && importer?.includes("/src/core/identity/")
      ? join(import.meta.dirname, "test/support/cheap-passwords.ts")
      : undefined,
};

export default defineConfig({
  plugins: [
    cheapPasswords,
    cloudflareTest(async () => ({
      wrangler: { configPath: "./wrangler.toml" },
      miniflare: {
        bindings: {
          // URLs, keys and secrets of the fakes, which a test passes to an adapter or to the Worker as settings.
          FAKES: JSON.stringify(await startFakes()),
          TEST_MIGRATIONS: await readD1Migrations("./migrations"),
          JWT_SECRET: "test-jwt-secret-0123456789abcdef0123456789",
          MUSICQR_SECRET_KEY: "test-musicqr-key-0123456789abcdef0123456789",
          CONFIG_KEY: "test-config-key-0123456789abcdef0123456789ab",
          ADMIN_USERNAME: "admin",
          ADMIN_PASSWORD: "correct horse battery",
          VERIFY_INVALID_LIMIT: "120",
          SANDBOX_PROVIDERS: "true",
          PAYMENTS_SANDBOX: "true",
        },
      },
    })),
  ],
  resolve: {
    // mediabunny's package.json resolves to its build for Node, but these tests run in workerd.
    alias: {
      mediabunny: join(import.meta.dirname, "node_modules/mediabunny/dist/bundles/mediabunny.mjs"),
    },
  },
  test: {
    // A new isolate for each of the hundred files would take longer than the tests. `test/support/migrate.ts` empties
    // the storage before each file. Modules are evaluated once, so what they remember lasts from file to file: tests
    // take ids and codes of their own.
    isolate: false,
    // Keeps transformed modules on disk, because the two workers and the next run need the same ones.
    fsModuleCache: true,
    // Each of these becomes one module; together they have several hundred. Not those that import node:*, which the
    // bundler cannot load, nor hono, which would be loaded twice.
    deps: {
      optimizer: {
        ssr: {
          enabled: true,
          include: [
            "itty-durable",
            "@cantoo/pdf-lib",
            "file-type",
            "jose",
            "music-metadata",
            "papaparse",
            "pitchy",
            "stripe",
          ],
        },
      },
    },
    include: ["test/**/*.test.{ts,tsx}"],
    exclude: ["test/e2e/**", "test/bench/**", "test/crash/**", "**/node_modules/**"],
    setupFiles: ["./test/support/migrate.ts"],
    silent: "passed-only",
    // By default vitest leaves one processor free, which is half of a machine with two.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
