import { defineConfig } from "vitest/config";

/**
 * Tests against started servers, as clients and people use them. Two files run at a time, also on a machine with two
 * processors, because they wait much of the time: for servers, browsers, and timers of the product.
 */
export default defineConfig({
  test: {
    include: ["test/e2e/**/*.test.ts", "test/crash/**/*.test.ts"],
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
