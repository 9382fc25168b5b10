import {
  type NewUpload,
  PART_BYTES,
  UPLOAD_GRAVE_MS,
  UPLOAD_LIFETIME_MS,
  type UploadClaim,
  type UploadState,
} from "../../src/core/uploads/protocol.ts";

const RECORD = "upload";
const PART = "part:";
const TAIL = "tail:";
/** A value takes 2 MB. */
const SLICE_BYTES = 1_024 * 1_024;

/** An upload as it is written down. `gone` says that it ended without becoming anything. */
export interface UploadRecord extends Omit<UploadState, "status"> {
  readonly claim: UploadClaim;
  readonly status: UploadState["status"] | "gone";
  readonly multipartId: string;
}

/** Sorts as the number does. */
const padded = (number: number): string => String(number).padStart(16, "0");

/**
 * What an upload remembers: its facts, the parts that are in the bucket, and its tail, the bytes behind them that are too
 * few for another part.
 */
export class UploadStore {
  constructor(private readonly storage: DurableObjectStorage) {}

  get record(): UploadRecord | undefined {
    return this.storage.kv.get<UploadRecord>(RECORD);
  }

  create({ claim, length, metadata, key, resource }: NewUpload, multipartId: string): UploadRecord {
    const facts = { claim, length, metadata, key, resource, multipartId };
    return this.put({ ...facts, status: "open", offset: 0, location: null, expiresAt: 0 });
  }

  /** In their order. */
  parts(): R2UploadedPart[] {
    return [...this.storage.kv.list<R2UploadedPart>({ prefix: PART })].map(([, part]) => part);
  }

  tail(): Uint8Array {
    const slices = [...this.storage.kv.list<Uint8Array>({ prefix: TAIL })].map(([, slice]) => slice);
    return new Uint8Array(Buffer.concat(slices));
  }

  /** Makes bytes count: parts that went to the bucket, the old tail in the first of them, and `rest` behind them all. */
  advance(parts: readonly R2UploadedPart[], rest: Uint8Array): void {
    this.storage.transactionSync(() => {
      const record = this.record;
      if (!record) return;
      const last = parts.at(-1);
      if (last) this.clear(TAIL);
      for (const part of parts) this.storage.kv.put(PART + padded(part.partNumber), part);
      const start = last ? last.partNumber * PART_BYTES : record.offset;
      for (let at = 0; at < rest.length; at += SLICE_BYTES) {
        // A copy: what is stored of a view is all of the memory behind it.
        this.storage.kv.put(TAIL + padded(start + at), rest.slice(at, at + SLICE_BYTES));
      }
      this.put({ ...record, offset: start + rest.length });
    });
  }

  /** All of it is one object now. */
  complete(record: UploadRecord): UploadRecord {
    this.clear(PART);
    this.clear(TAIL);
    return this.put({ ...record, status: "complete" });
  }

  finish(record: UploadRecord, location: string): UploadRecord {
    return this.put({ ...record, status: "finished", location });
  }

  /** Whether its time is not over; then the alarm rings again when it is. */
  isAlive(): boolean {
    const { expiresAt = 0 } = this.record ?? {};
    if (expiresAt <= Date.now()) return false;
    void this.storage.setAlarm(expiresAt);
    return true;
  }

  /** Another while before it ends. */
  touch(record: UploadRecord): UploadRecord {
    return this.put(record);
  }

  /** Remembers for a while that it was. */
  bury(record: UploadRecord): void {
    this.clear(PART);
    this.clear(TAIL);
    this.put({ ...record, status: "gone" }, UPLOAD_GRAVE_MS);
  }

  private put(record: UploadRecord, lifetimeMs = UPLOAD_LIFETIME_MS): UploadRecord {
    const stored = { ...record, expiresAt: Date.now() + lifetimeMs };
    this.storage.kv.put(RECORD, stored);
    void this.storage.setAlarm(stored.expiresAt);
    return stored;
  }

  private clear(prefix: string): void {
    for (const [key] of [...this.storage.kv.list({ prefix })]) this.storage.kv.delete(key);
  }
}
