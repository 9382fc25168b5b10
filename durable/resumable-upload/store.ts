import {
  type NewUpload,
  PART_BYTES,
  UPLOAD_LIFETIME_MS,
  UPLOAD_TOMBSTONE_TTL_MS,
  type UploadClaim,
  type UploadState,
} from "../../src/core/uploads/protocol.ts";

const RECORD = "upload";
const PART = "part:";
const TAIL = "tail:";
/** A storage value holds at most 2 MB, so the tail is stored in slices. */
const SLICE_BYTES = 1_024 * 1_024;

/** The stored record of an upload. `gone` marks a tombstone: the upload ended. */
export interface UploadRecord extends Omit<UploadState, "status"> {
  readonly claim: UploadClaim;
  readonly status: UploadState["status"] | "gone";
  readonly multipartId: string;
}

/** Pads a number with zeros, so that keys sort in numeric order. */
const padded = (number: number): string => String(number).padStart(16, "0");

/**
 * The persistent state of an upload: its record, the parts that are in the bucket, and its tail, the bytes after them
 * that are too few for another part.
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

  /** Returns the uploaded parts by part number. */
  parts(): R2UploadedPart[] {
    return [...this.storage.kv.list<R2UploadedPart>({ prefix: PART })].map(([, part]) => part);
  }

  tail(): Uint8Array {
    const slices = [...this.storage.kv.list<Uint8Array>({ prefix: TAIL })].map(([, slice]) => slice);
    return new Uint8Array(Buffer.concat(slices));
  }

  /**
   * Counts new bytes: parts now in the bucket (the first of them contains the old tail), and `rest` after them as
   * tail.
   */
  countBytes(parts: readonly R2UploadedPart[], rest: Uint8Array): void {
    this.storage.transactionSync(() => {
      const record = this.record;
      if (!record) return;
      const last = parts.at(-1);
      if (last) this.clear(TAIL);
      for (const part of parts) this.storage.kv.put(PART + padded(part.partNumber), part);
      const start = last ? last.partNumber * PART_BYTES : record.offset;
      for (let at = 0; at < rest.length; at += SLICE_BYTES) {
        // `slice` copies: storing a view would store its whole underlying buffer.
        this.storage.kv.put(TAIL + padded(start + at), rest.slice(at, at + SLICE_BYTES));
      }
      this.put({ ...record, offset: start + rest.length });
    });
  }

  /** Records that all bytes are in one completed R2 object. */
  complete(record: UploadRecord): UploadRecord {
    this.clear(PART);
    this.clear(TAIL);
    return this.put({ ...record, status: "complete" });
  }

  finish(record: UploadRecord, location: string): UploadRecord {
    return this.put({ ...record, status: "finished", location });
  }

  /** Returns whether the upload has not expired. If so, sets the alarm to its expiry again. */
  isAlive(): boolean {
    const { expiresAt = 0 } = this.record ?? {};
    if (expiresAt <= Date.now()) return false;
    void this.storage.setAlarm(expiresAt);
    return true;
  }

  /** Extends the lifetime of the upload. */
  extendLifetime(record: UploadRecord): UploadRecord {
    return this.put(record);
  }

  /**
   * Replaces the upload with a tombstone, so that for UPLOAD_GRAVE_MS it is told apart from one that never existed.
   */
  writeTombstone(record: UploadRecord): void {
    this.clear(PART);
    this.clear(TAIL);
    this.put({ ...record, status: "gone" }, UPLOAD_TOMBSTONE_TTL_MS);
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
