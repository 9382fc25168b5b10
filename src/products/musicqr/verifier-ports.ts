import type { Env } from "../../platform/bindings.ts";
import { type Database, nearest, primary } from "../../platform/db/client.ts";
import { log } from "../../platform/logger.ts";
import type { Meter } from "../../platform/meter.ts";
import type { ScanBatch, VerifierDependencies, VerifierMemory } from "./domain/index.ts";

/** `sendBatch` accepts at most 256 kB, and a message of scans has at most 100 kB. */
const MESSAGES_A_SEND = 2;

/**
 * The platform calls that the verifier needs. A class instead of closures, because every verification constructs one.
 */
export class VerifierPorts implements VerifierDependencies {
  constructor(
    readonly memory: VerifierMemory,
    private readonly env: Env,
    private readonly ctx: Pick<ExecutionContext, "waitUntil">,
    private readonly meter: Meter,
  ) {}

  clock(): number {
    return Date.now();
  }

  nearest(): Database {
    return nearest(this.env.DB, this.meter);
  }

  primary(): Database {
    return primary(this.env.DB, this.meter);
  }

  async send(batches: readonly ScanBatch[]): Promise<void> {
    for (let i = 0; i < batches.length; i += MESSAGES_A_SEND) {
      const part = batches.slice(i, i + MESSAGES_A_SEND);
      await this.env.SCANS.sendBatch(part.map((body) => ({ body, contentType: "json" })));
    }
  }

  defer(work: Promise<unknown>): void {
    this.ctx.waitUntil(work);
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, ms));
  }

  report(event: string, fields: { readonly scans: number }): void {
    log("error", event, fields);
  }
}
