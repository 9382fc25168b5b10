import { type Clock, SECOND_MS } from "../../lib/clock.ts";
import type { Database } from "../../platform/db/client.ts";
import { renew, type TaskChange } from "./transitions.ts";

const BEAT_MS = 10 * SECOND_MS;
/** Shortest interval between two writes of progress to the database. Watchers receive every progress event. */
const WRITE_EVERY_MS = 500;

/** A consumer's lease on a task: renewed while it works, and aborted once the task was settled elsewhere. */
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
      // A renewal may fail: the next ones follow before the lease ends (every 10 s, the lease is 30 s).
      this.renew({}).catch(() => undefined);
    }, BEAT_MS);
  }

  /** Aborts once the task is settled. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  get isSettled(): boolean {
    return this.controller.signal.aborted;
  }

  /** Applies `change` and renews the lease. Returns false once the task is settled. */
  async renew(change: TaskChange): Promise<boolean> {
    if (this.isSettled) return false;
    this.writtenAt = this.clock();
    if (!(await renew(this.db, this.id, change, this.clock()))) this.controller.abort();
    return !this.isSettled;
  }

  /** Like `renew`, but skips the write if the last one was less than `WRITE_EVERY_MS` ago. */
  async renewIfDue(change: TaskChange): Promise<boolean> {
    return this.clock() - this.writtenAt < WRITE_EVERY_MS ? !this.isSettled : this.renew(change);
  }

  end(): void {
    clearInterval(this.timer);
  }
}
