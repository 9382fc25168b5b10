import { DurableObject } from "cloudflare:workers";
import { createHash } from "node:crypto";
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
import type { Env } from "../src/platform/bindings.ts";
import { ChunkReader } from "./support/chunk-reader.ts";
import { isNamed } from "./support/named-objects.ts";
import { PartWriter } from "./support/part-writer.ts";
import { type UploadRecord, UploadStore } from "./support/upload-store.ts";

/** R2's number for a multipart upload it does not know: completed, or aborted. */
const UNKNOWN_MULTIPART = "10024";

const refused = (refusal: UploadRefused["refusal"]): UploadRefused => ({ ok: false, refusal });

/** Without what is nobody's business outside. */
const answer = (upload: UploadRecord): UploadAnswer => uploadAnswerSchema.parse({ ok: true, upload });

/**
 * An upload that may break off and go on, one object each. Its bytes become parts of one R2 object; what does not fill a
 * part waits in storage, so that every byte that arrived counts. When all are there its product makes a row of it and says so;
 * what nobody goes on with is removed when its time is over.
 */
export class ResumableUpload extends DurableObject<Env> {
  private readonly store = new UploadStore(this.ctx.storage);
  private turn: Promise<unknown> = Promise.resolve();
  private waiting = 0;
  private receiving: ChunkReader | undefined;

  async create(upload: NewUpload): Promise<UploadAnswer> {
    const { uploadId } = await this.env.MEDIA.createMultipartUpload(upload.key);
    return answer(this.store.create(upload, uploadId));
  }

  /** Takes a chunk: the body, with an `Append` before it. A request and no call, which carries bytes at half the speed. */
  override async fetch(request: Request): Promise<Response> {
    const append = appendSchema.parse(JSON.parse(request.headers.get(APPEND_HEADER) ?? ""));
    return Response.json(
      await this.asked(append.claim, (record) => this.receive(record, append, request.body)),
    );
  }

  /** How it stands. What had arrived on a connection that hangs counts by then. */
  async look(claim: UploadClaim): Promise<UploadAnswer> {
    return this.asked(claim, async (record) => {
      // Somebody is about to take it: its time must not end meanwhile.
      if (record.status === "complete") return answer(this.store.touch(record));
      return answer(await this.completed(record));
    });
  }

  /** Its product has taken it. */
  async finish(claim: UploadClaim, location: string): Promise<UploadAnswer> {
    return this.asked(claim, async (record) =>
      answer(record.status === "complete" ? this.store.finish(record, location) : record),
    );
  }

  /** Its product does not take it. */
  async discard(claim: UploadClaim): Promise<UploadAnswer> {
    return this.asked(claim, async (record) => {
      if (record.status === "complete") await this.takeBack(record);
      return answer(record);
    });
  }

  /**
   * Its owner ends it, and is told how it stood. One that is complete stays: its product has to take it first. What a
   * product made of one is not touched.
   */
  async terminate(claim: UploadClaim): Promise<UploadAnswer> {
    return this.asked(claim, async (record) => {
      if (record.status === "open") await this.takeBack(record);
      if (record.status === "finished") this.store.bury(record);
      return answer(record);
    });
  }

  override async alarm(): Promise<void> {
    // Before it is its turn, too: a chunk that is on its way is not to end for nothing.
    if (this.store.isAlive()) return;
    await this.inTurn(async () => {
      const { record } = this.store;
      if (this.store.isAlive()) return;
      if (record?.status === "open" || record?.status === "complete") await this.takeBack(record);
      else await this.ctx.storage.deleteAll();
    });
  }

  /** Works on the upload if it is the caller's, and there is one. */
  private async asked(
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

  /** One at a time. Whoever comes ends a chunk that is still on its way: its sender would not ask if it were. */
  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    this.waiting++;
    this.receiving?.breakOff();
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
    const open = this.store.touch(record);
    if (open.status !== "open") return answer(open);
    // Somebody came behind this one: it is the one that hangs.
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

  /** Hands a body on, piece by piece, for as long as it is wanted. */
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
      reader.breakOff();
    }
  }

  /** Makes one object of it when its last byte is there. */
  private async completed(record: UploadRecord): Promise<UploadRecord> {
    if (record.status !== "open" || record.offset < record.length) return record;
    const multipart = this.multipartOf(record);
    const parts = this.store.parts();
    const tail = this.store.tail();
    try {
      if (tail.length > 0) parts.push(await multipart.uploadPart(parts.length + 1, tail));
      await multipart.complete(parts);
    } catch (error) {
      // It was completed, and whoever did it did not come to write it down.
      if ((await this.env.MEDIA.head(record.key))?.size !== record.length) throw error;
    }
    return this.store.complete(record);
  }

  /** Takes its bytes out of the bucket, unless its product has taken it and could not say so. */
  private async takeBack(record: UploadRecord): Promise<void> {
    if (record.status === "open") {
      await this.multipartOf(record)
        .abort()
        .catch((error: unknown) => {
          if (!String(error).includes(UNKNOWN_MULTIPART)) throw error;
        });
    } else if (await isNamed(this.env.DB, record.claim.kind, record.key)) return this.ctx.storage.deleteAll();
    await this.env.MEDIA.delete(record.key);
    this.store.bury(record);
  }

  private multipartOf({ key, multipartId }: UploadRecord): R2MultipartUpload {
    return this.env.MEDIA.resumeMultipartUpload(key, multipartId);
  }
}
