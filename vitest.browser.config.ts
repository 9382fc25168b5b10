import { defineConfig } from "vitest/config";

/**
 * Tests against started servers, as clients and people use them. Files run one at a time, because each starts its own
 * servers and browsers.
 */
export default defineConfig({
  test: {
    include: ["test/e2e/**/*.test.ts", "test/crash/**/*.test.ts"],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
