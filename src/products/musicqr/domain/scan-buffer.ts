import type { Scanner } from "./model.ts";
import type { CountedScan, ScanBatch } from "./protocol.ts";

/** How long scans are collected before they are sent. */
export const FLUSH_AFTER_MS = 1_000;
/**
 * Above this many rows, scans are collected longer, so that more scans of a code share a row and fewer rows are
 * written.
 */
const FLOOD_ROWS = 1_000;
const FLOOD_FLUSH_AFTER_MS = 10_000;
/**
 * After this time the request that was to flush the buffer has been cancelled, so the next scan starts a new flush.
 */
const OVERDUE_MS = 15_000;
/** At this many rows the buffer is flushed at once, without waiting for the timer. */
const FLUSH_AT_ROWS = 20_000;
/** A queue message may have at most 128 kB. */
const SCANS_PER_MESSAGE = 100;
/**
 * The size limit of our messages. Two of them fit into one `sendBatch`, which takes at most 100 messages and 256 kB.
 */
const MESSAGE_BYTES_BUDGET = 100_000;
/** How many unsent messages are kept while the queue fails. */
const UNSENT_MESSAGES = 500;

/** How many of a code's latest rows are compared with a scan. A device that is not among them gets a new row. */
const DEVICES_COMPARED = 16;

/**
 * Returns the row that a scan can share: the same device and the same verdict. The verdict is compared because a code
 * can become genuine between two scans within one second, and both must be counted.
 */
const sharing = (
  scans: readonly CountedScan[],
  valid: boolean,
  ip: string,
  userAgent: string,
): CountedScan | undefined => {
  for (let i = scans.length - 1; i >= 0 && i >= scans.length - DEVICES_COMPARED; i--) {
    const scan = scans[i];
    if (scan?.ip === ip && scan.userAgent === userAgent && scan.valid === valid) return scan;
  }
  return undefined;
};

/**
 * Collects the scans of this isolate for the SCANS queue. Scans of one code by one device with one verdict share a
 * row. After a second the rows are sent in as few messages as possible.
 */
export class ScanBuffer {
  /**
   * Rows by code, nearly always of one device. A combined key would cost each scan more than comparing the rows does.
   */
  private pending = new Map<string, CountedScan[]>();
  private rows = 0;
  private unsent: ScanBatch[] = [];
  private gatheringSince = 0;

  constructor(private readonly newId: () => string = () => crypto.randomUUID()) {}

  /**
   * Adds a scan. Returns `first` if the caller must schedule a flush (the first scan of a batch, or an overdue
   * flush), and `full` if the caller must flush at once.
   */
  add(
    code: string,
    valid: boolean,
    activated: boolean,
    scanner: Scanner,
    now: number,
  ): "first" | "full" | undefined {
    const { ip, userAgent } = scanner;
    const ofCode = this.pending.get(code);
    const known = ofCode && sharing(ofCode, valid, ip, userAgent);
    if (known) {
      known.at = now;
      known.times++;
      known.activated ||= activated;
      return undefined;
    }
    const scan = { code, at: now, times: 1, valid, activated, ip, country: scanner.country, userAgent };
    if (ofCode) ofCode.push(scan);
    else this.pending.set(code, [scan]);
    this.rows++;
    if (this.rows === 1 || now - this.gatheringSince > OVERDUE_MS) {
      this.gatheringSince = now;
      return "first";
    }
    return this.rows === FLUSH_AT_ROWS ? "full" : undefined;
  }

  /** Returns for how many more ms scans should be collected under load; 0 if the buffer should be sent now. */
  remainingHoldMs(now: number): number {
    if (this.rows < FLOOD_ROWS) return 0;
    return Math.max(0, this.gatheringSince + FLOOD_FLUSH_AFTER_MS - now);
  }

  /** Empties the buffer and returns its content as messages. */
  drain(): ScanBatch[] {
    const scans = [...this.pending.values()].flat();
    this.pending = new Map();
    this.rows = 0;
    const batches = this.unsent;
    this.unsent = [];
    let batch: CountedScan[] = [];
    let bytes = 0;
    for (const scan of scans) {
      // A UTF-16 unit takes at most 3 bytes of UTF-8.
      const size = 200 + 3 * scan.userAgent.length;
      if (batch.length === SCANS_PER_MESSAGE || bytes + size > MESSAGE_BYTES_BUDGET) {
        batches.push({ kind: "scans", id: this.newId(), scans: batch });
        batch = [];
        bytes = 0;
      }
      batch.push(scan);
      bytes += size;
    }
    if (batch.length > 0) batches.push({ kind: "scans", id: this.newId(), scans: batch });
    return batches;
  }

  /**
   * Keeps messages that could not be sent, for the next flush. They keep their ids, so a message that did arrive is
   * still counted once. Returns the number of scans that were discarded to bound the memory.
   */
  requeue(batches: readonly ScanBatch[]): number {
    this.unsent.push(...batches);
    const lost = this.unsent.splice(0, Math.max(0, this.unsent.length - UNSENT_MESSAGES));
    return lost.flatMap(({ scans }) => scans).reduce((sum, { times }) => sum + times, 0);
  }
}
