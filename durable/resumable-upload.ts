import { DurableObject } from "cloudflare:workers";
import { createHash } from "node:crypto";
import { isReferenced } from "../src/core/uploads/index.ts";
import {
  APPEND_HEADER,
  type Append,
  appendSchema,
  type NewUpload,
  type UploadAnswer,
  type UploadClaim,
  type UploadRefused,
  uploadAnswerSchema,
} from "../src/core/uploads/protocol.ts";
import { primary } from "../src/platform/db/client.ts";
import { newMeter } from "../src/platform/meter.ts";
import { ChunkReader } from "./resumable-upload/chunk-reader.ts";
import { PartWriter } from "./resumable-upload/part-writer.ts";
import { type UploadRecord, UploadStore } from "./resumable-upload/store.ts";

/** R2's error number for an unknown multipart upload: it was completed or aborted before. */
const UNKNOWN_MULTIPART = "10024";

const refused = (refusal: UploadRefused["refusal"]): UploadRefused => ({ ok: false, refusal });

/** Returns the public answer; the schema removes the internal fields (the claim, the R2 multipart id). */
const answer = (upload: UploadRecord): UploadAnswer => uploadAnswerSchema.parse({ ok: true, upload });

/** The bindings that the class uses. */
interface ResumableUploadEnv {
  readonly DB: D1Database;
  readonly MEDIA: R2Bucket;
}

/**
 * A resumable upload; there is one object per upload. Its bytes become parts of one R2 object; the bytes that do not
 * fill a part wait in storage, so every byte that arrived counts. After the last byte the product writes its row and
 * calls `finish`. An abandoned upload is deleted when it expires.
 */
export class ResumableUpload extends DurableObject<ResumableUploadEnv> {
  private readonly store = new UploadStore(this.ctx.storage);
  private turn: Promise<unknown> = Promise.resolve();
  private waiting = 0;
  private receiving: ChunkReader | undefined;

  async create(upload: NewUpload): Promise<UploadAnswer> {
    const { uploadId } = await this.env.MEDIA.createMultipartUpload(upload.key);
    return answer(this.store.create(upload, uploadId));
  }

  /**
   * Receives a chunk: an `Append` in a header, the bytes as body. A request, because RPC carries bytes at half the
   * speed.
   */
  override async fetch(request: Request): Promise<Response> {
    const append = appendSchema.parse(JSON.parse(request.headers.get(APPEND_HEADER) ?? ""));
    return Response.json(
      await this.withUpload(append.claim, (record) => this.receive(record, append, request.body)),
    );
  }

  /** Returns the state of the upload. Ends a hanging request first; the bytes that arrived with it are counted. */
  async look(claim: UploadClaim): Promise<UploadAnswer> {
    return this.withUpload(claim, async (record) => {
      // The product is about to write its row: the upload must not expire meanwhile.
      if (record.status === "complete") return answer(this.store.extendLifetime(record));
      return answer(await this.completed(record));
    });
  }

  /** Marks the upload as finished: the product has written its row at `location`. */
  async finish(claim: UploadClaim, location: string): Promise<UploadAnswer> {
    return this.withUpload(claim, async (record) =>
      answer(record.status === "complete" ? this.store.finish(record, location) : record),
    );
  }

  /** Deletes a complete upload that the product rejected. */
  async discard(claim: UploadClaim): Promise<UploadAnswer> {
    return this.withUpload(claim, async (record) => {
      if (record.status === "complete") await this.removeBytes(record);
      return answer(record);
    });
  }

  /**
   * Ends the upload for its owner and returns its state before. A complete upload stays: its product has to finish it
   * first. The product's row and the object of a finished upload are not touched.
   */
  async terminate(claim: UploadClaim): Promise<UploadAnswer> {
    return this.withUpload(claim, async (record) => {
      if (record.status === "open") await this.removeBytes(record);
      if (record.status === "finished") this.store.writeTombstone(record);
      return answer(record);
    });
  }

  override async alarm(): Promise<void> {
    // Checked before the queue too: `inTurn` would interrupt a chunk that is still arriving.
    if (this.store.isAlive()) return;
    await this.inTurn(async () => {
      const { record } = this.store;
      if (this.store.isAlive()) return;
      if (record?.status === "open" || record?.status === "complete") await this.removeBytes(record);
      else await this.ctx.storage.deleteAll();
    });
  }

  /** Runs `work` on the upload if it exists and belongs to the caller. */
  private async withUpload(
    claim: UploadClaim,
    work: (record: UploadRecord) => Promise<UploadAnswer>,
  ): Promise<UploadAnswer> {
    const { record } = this.store;
    if (record?.claim.owner !== claim.owner || record.claim.kind !== claim.kind) return refused("unknown");
    return this.inTurn(async () => {
      const { record } = this.store;
      return record && record.status !== "gone" ? work(record) : refused("gone");
    });
  }

  /**
   * Runs one operation at a time. A new request interrupts the chunk that is still being received: its client sends
   * another request only after the connection of that chunk has failed.
   */
  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    this.waiting++;
    this.receiving?.cancel();
    const mine = this.turn.then(() => {
      this.waiting--;
      return work();
    });
    this.turn = mine.catch(() => undefined);
    return mine;
  }

  private async receive(
    record: UploadRecord,
    { offset, bytes, checksum }: Append,
    body: ReadableStream<Uint8Array> | null,
  ): Promise<UploadAnswer> {
    if (offset !== record.offset) return refused("offset");
    if (offset + (bytes ?? 0) > record.length) return refused("too_long");
    const open = this.store.extendLifetime(record);
    if (open.status !== "open") return answer(open);
    // A newer request is waiting, so this one comes from a connection that its client has given up.
    if (this.waiting > 0) return refused("offset");
    const writer = new PartWriter(this.store, this.multipartOf(open), checksum === null);
    const hash = checksum && createHash(checksum.algorithm);
    let room = record.length - offset;
    const end = await this.pour(body, async (chunk) => {
      room -= chunk.length;
      if (room < 0) return false;
      hash?.update(chunk);
      await writer.write(chunk);
      return true;
    });
    const isAsSummed = !hash || (end === "end" && hash.digest("base64") === checksum?.digest);
    if (isAsSummed) await writer.end();
    else await writer.stop();
    if (room < 0) return refused("too_long");
    if (end === "broken") return refused("offset");
    if (!isAsSummed) return refused("checksum");
    return answer(await this.completed(this.store.record ?? open));
  }

  /** Reads a body piece by piece until it ends, its connection breaks, or `take` returns false. */
  private async pour(
    body: ReadableStream<Uint8Array> | null,
    take: (chunk: Uint8Array) => Promise<boolean>,
  ): Promise<"end" | "broken"> {
    const reader = new ChunkReader(body);
    this.receiving = reader;
    try {
      for (;;) {
        const chunk = await reader.read();
        if (typeof chunk === "string") return chunk;
        if (!(await take(chunk))) return "broken";
      }
    } finally {
      this.receiving = undefined;
      reader.cancel();
    }
  }

  /** Completes the R2 object if the last byte has arrived. */
  private async completed(record: UploadRecord): Promise<UploadRecord> {
    if (record.status !== "open" || record.offset < record.length) return record;
    const multipart = this.multipartOf(record);
    const parts = this.store.parts();
    const tail = this.store.tail();
    try {
      if (tail.length > 0) parts.push(await multipart.uploadPart(parts.length + 1, tail));
      await multipart.complete(parts);
    } catch (error) {
      // An earlier run may have completed the object and stopped before it stored the new status.
      if ((await this.env.MEDIA.head(record.key))?.size !== record.length) throw error;
    }
    return this.store.complete(record);
  }

  /**
   * Deletes the bytes from the bucket, unless a product's row names the object and only the call of `finish` was
   * lost.
   */
  private async removeBytes(record: UploadRecord): Promise<void> {
    if (record.status === "open") {
      await this.multipartOf(record)
        .abort()
        .catch((error: unknown) => {
          if (!String(error).includes(UNKNOWN_MULTIPART)) throw error;
        });
    } else if (await isReferenced(primary(this.env.DB, newMeter()), record.claim.kind, record.key))
      return this.ctx.storage.deleteAll();
    await this.env.MEDIA.delete(record.key);
    this.store.writeTombstone(record);
  }

  private multipartOf({ key, multipartId }: UploadRecord): R2MultipartUpload {
    return this.env.MEDIA.resumeMultipartUpload(key, multipartId);
  }
}
