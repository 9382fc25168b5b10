import { defineConfig } from "vitest/config";

/** Against started servers, as clients and people use them. One file at a time: each has servers and browsers of its own. */
export default defineConfig({
  test: {
    include: ["test/e2e/**/*.test.ts", "test/crash/**/*.test.ts"],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
