/// <reference types="@cloudflare/vitest-pool-workers/types" />

declare namespace Cloudflare {
  interface Env extends Omit<import("../../src/platform/bindings.ts").Env, never> {
    /** JSON, see test/support/fakes. */
    FAKES: string;
    TEST_MIGRATIONS: import("cloudflare:test").D1Migration[];
  }
  interface GlobalProps {
    mainModule: typeof import("../../src/worker.ts");
  }
}

/** The text of a document, which Vite imports. */
declare module "*?raw" {
  const text: string;
  export default text;
}
