import { type SQL, sql } from "drizzle-orm";
import { type Clock, SECOND_MS } from "../../lib/clock.ts";
import type { Database } from "../../platform/db/client.ts";
import { renew } from "./transitions.ts";

const BEAT_MS = 10 * SECOND_MS;
/** Progress is written down at most this often; watchers hear of each step of it. */
const WRITE_EVERY_MS = 500;

/** A consumer's hold on a task: kept while it works, and told to it when somebody settled the task meanwhile. */
export class Lease {
  private readonly controller = new AbortController();
  private readonly timer: ReturnType<typeof setInterval>;
  private writtenAt: number;

  constructor(
    private readonly db: Database,
    private readonly id: string,
    private readonly clock: Clock,
  ) {
    this.writtenAt = clock();
    this.timer = setInterval(() => {
      // A beat that fails is made up for by the next one, well before the lease runs out.
      this.renew(sql`progress = progress`).catch(() => undefined);
    }, BEAT_MS);
  }

  /** Aborts once the task is settled. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  get lost(): boolean {
    return this.controller.signal.aborted;
  }

  /** Writes a change and holds on. False once the task is settled. */
  async renew(set: SQL): Promise<boolean> {
    if (this.lost) return false;
    this.writtenAt = this.clock();
    if (!(await renew(this.db, this.id, set, this.clock()))) this.controller.abort();
    return !this.lost;
  }

  /** The same, where it was not done a moment ago. */
  async keep(set: SQL): Promise<boolean> {
    return this.clock() - this.writtenAt < WRITE_EVERY_MS ? !this.lost : this.renew(set);
  }

  end(): void {
    clearInterval(this.timer);
  }
}
