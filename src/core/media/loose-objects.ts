import { sql } from "drizzle-orm";
import { type Clock, HOUR_MS } from "../../lib/clock.ts";
import { type Database, runTransaction } from "../../platform/db/client.ts";
import { looseObjects } from "../../platform/db/schema/uploads.ts";
import { TrackedMediaStore } from "../../platform/media.ts";

/** Longer than it takes anybody to send a file, and us to make a row of it. */
const LOOSE_MS = 6 * HOUR_MS;
/** R2 deletes a thousand at once. */
const SWEEP_OBJECTS = 500;

/**
 * Objects no row names. A key is written down before its object is stored; triggers take it out in the transaction in which a
 * row names it, and put it back when that row goes. So whatever breaks off in between, no object is forgotten and none that a
 * row names is removed. Only for kinds of objects that have these triggers (migrations 0011 and 0015).
 */
export class LooseObjects {
  constructor(
    private readonly db: Database,
    private readonly bucket: R2Bucket,
    private readonly clock: Clock,
  ) {}

  /** A store that writes keys down before it stores anything: one write for each object. */
  get store(): TrackedMediaStore {
    return new TrackedMediaStore(this.bucket, (key) => this.expect(key));
  }

  /** Removes what has been loose for hours, a bounded piece at a time. What cannot be removed is tried again. */
  async sweep(): Promise<void> {
    const [found] = await runTransaction(this.db, [
      sql`SELECT key FROM ${looseObjects} WHERE at < ${this.clock() - LOOSE_MS} ORDER BY at LIMIT ${SWEEP_OBJECTS}`,
    ]);
    const keys = ((found?.results ?? []) as { key: string }[]).map(({ key }) => key);
    if (keys.length === 0) return;
    await this.bucket.delete(keys);
    await runTransaction(this.db, [
      sql`DELETE FROM ${looseObjects} WHERE key IN (SELECT value FROM json_each(${JSON.stringify(keys)}))`,
    ]);
  }

  private async expect(key: string): Promise<void> {
    await runTransaction(this.db, [
      sql`INSERT OR REPLACE INTO ${looseObjects} (key, at) VALUES (${key}, ${this.clock()})`,
    ]);
  }
}
