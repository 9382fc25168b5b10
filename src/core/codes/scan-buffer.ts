import type { Scanner } from "./model.ts";
import type { CountedScan, ScanBatch } from "./protocol.ts";

/** How long scans gather before they are sent. */
export const FLUSH_AFTER_MS = 1_000;
/** In a flood they gather longer, so that scans of a code share a row: storage then writes a fraction of them. */
const FLOOD_ROWS = 1_000;
const FLOOD_FLUSH_AFTER_MS = 10_000;
/** Whoever was to send them was cut off: the next scan sees to it. */
const OVERDUE_MS = 15_000;
/** What gathers at the most: beyond it a scan waits for no timer. */
const FLUSH_AT_ROWS = 20_000;
/** A message holds 128 kB. */
const SCANS_A_MESSAGE = 100;
/** sendBatch takes at most 100 messages and 256 kB in all. */
const MESSAGE_BYTES_BUDGET = 100_000;
/** Messages kept while the queue refuses them. */
const UNSENT_MESSAGES = 500;

/** Devices of one code that are looked through; whoever comes after so many others gets a row of its own. */
const DEVICES_COMPARED = 16;

/**
 * The row a scan shares: the same device and the same verdict, because a code can become genuine between two scans of one
 * second, and both count.
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
 * Scans of this isolate on their way to the SCANS queue. They gather for a second after an answer, scans of one code by
 * one device with one verdict in one row, and leave as few messages.
 */
export class ScanBuffer {
  /** By code: nearly always one device. A key of everything would cost a scan more than the comparison does. */
  private pending = new Map<string, CountedScan[]>();
  private rows = 0;
  private unsent: ScanBatch[] = [];
  private gatheringSince = 0;

  constructor(private readonly newId: () => string = () => crypto.randomUUID()) {}

  /**
   * Takes a scan. Says where the caller has to see to it that the buffer is drained: the first of a batch, and the one
   * that fills it.
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

  /** Milliseconds a flood should go on gathering; 0 where it is time to send. */
  holdMs(now: number): number {
    if (this.rows < FLOOD_ROWS) return 0;
    return Math.max(0, this.gatheringSince + FLOOD_FLUSH_AFTER_MS - now);
  }

  /** Everything gathered so far, as messages; the buffer is empty afterwards. */
  drain(): ScanBatch[] {
    const scans = [...this.pending.values()].flat();
    this.pending = new Map();
    this.rows = 0;
    const batches = this.unsent;
    this.unsent = [];
    let batch: CountedScan[] = [];
    let bytes = 0;
    for (const scan of scans) {
      // Three bytes a character is the most UTF-8 asks for a UTF-16 unit.
      const size = 200 + 3 * scan.userAgent.length;
      if (batch.length === SCANS_A_MESSAGE || bytes + size > MESSAGE_BYTES_BUDGET) {
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
   * Keeps what could not be sent for the next time, under the same ids: a message that did arrive after all is then
   * still added up once. Gives back how many scans had to be given up to stay bounded.
   */
  keep(batches: readonly ScanBatch[]): number {
    this.unsent.push(...batches);
    const lost = this.unsent.splice(0, Math.max(0, this.unsent.length - UNSENT_MESSAGES));
    return lost.reduce((sum, batch) => sum + batch.scans.length, 0);
  }
}
