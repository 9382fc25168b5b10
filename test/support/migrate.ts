import { applyD1Migrations, reset } from "cloudflare:test";
import { env } from "cloudflare:workers";

// Test files run one after another in the same isolate (`vitest.config.ts`), and each begins with empty storage.
await reset();
await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
// Packages take a `location` for the page's, and one of them sets it.
Reflect.deleteProperty(globalThis, "location");
