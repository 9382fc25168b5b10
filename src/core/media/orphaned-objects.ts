import { sql } from "drizzle-orm";
import { type Clock, HOUR_MS } from "../../lib/clock.ts";
import type { Database } from "../../platform/db/client.ts";
import { orphanedObjects } from "../../platform/db/schema/uploads.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { TrackedMediaStore } from "../../platform/media.ts";

/** An object without a row counts as orphaned after this time. Sending a file and creating its row takes less. */
const LOOSE_MS = 6 * HOUR_MS;
/** Objects deleted by one sweep; R2 deletes at most 1,000 in one call. */
const SWEEP_OBJECTS = 500;

/**
 * Tracks objects that no row references. A key is recorded before its object is stored. Triggers delete the record in
 * the transaction in which a row references the key, and add it again when that row is deleted. So after a failure at
 * any point, an orphaned object is still recorded, and an object with a row is not. Use it only for kinds of objects
 * that have these triggers (migrations 0011 and 0015).
 */
export class OrphanedObjects {
  constructor(
    private readonly db: Database,
    private readonly bucket: R2Bucket,
    private readonly clock: Clock,
  ) {}

  /** A store that records each key before it stores the object, at the cost of one database write per object. */
  get store(): TrackedMediaStore {
    return new TrackedMediaStore(this.bucket, (key) => this.expect(key));
  }

  /**
   * Deletes objects that have been orphaned for hours, a limited number per call. If the deletion fails, the next
   * sweep tries again.
   */
  async sweep(): Promise<void> {
    const [found] = await transaction(this.db, [
      sql`SELECT key FROM ${orphanedObjects} WHERE at < ${this.clock() - LOOSE_MS} ORDER BY at LIMIT ${SWEEP_OBJECTS}`,
    ]);
    const keys = ((found?.results ?? []) as { key: string }[]).map(({ key }) => key);
    if (keys.length === 0) return;
    await this.bucket.delete(keys);
    await transaction(this.db, [
      sql`DELETE FROM ${orphanedObjects} WHERE key IN (SELECT value FROM json_each(${JSON.stringify(keys)}))`,
    ]);
  }

  private async expect(key: string): Promise<void> {
    await transaction(this.db, [
      sql`INSERT OR REPLACE INTO ${orphanedObjects} (key, at) VALUES (${key}, ${this.clock()})`,
    ]);
  }
}
