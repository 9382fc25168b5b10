import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import {
  APPEND_HEADER,
  type Append,
  PART_BYTES,
  parseChecksum,
  type UploadAnswer,
  uploadAnswerSchema,
} from "../../src/core/uploads/index.ts";
import { DAY_MS, HOUR_MS } from "../../src/lib/clock.ts";
import { eventually } from "../support/http.ts";
import { brokenBody, checksumOf, someBytes } from "../support/tus.ts";

const CLAIM = { kind: "meeting_file", owner: "7" } as const;
const MIB = 1_024 * 1_024;

const newUpload = async (length: number) => {
  const stub = env.RESUMABLE_UPLOAD.get(env.RESUMABLE_UPLOAD.newUniqueId());
  const key = `meetings/${crypto.randomUUID()}`;
  await stub.create({ claim: CLAIM, length, metadata: null, key, resource: "{}" });
  return { stub, key };
};
type Stub = Awaited<ReturnType<typeof newUpload>>["stub"];

const append = async (
  stub: Stub,
  offset: number,
  body: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | null,
  more: Partial<Append> = {},
): Promise<UploadAnswer> => {
  const append: Append = { claim: CLAIM, offset, bytes: null, checksum: null, ...more };
  const headers = { [APPEND_HEADER]: JSON.stringify(append) };
  const answer = await stub.fetch("https://upload/", { method: "PATCH", headers, body });
  return uploadAnswerSchema.parse(await answer.json());
};

const summed = async (bytes: Uint8Array<ArrayBuffer>, algorithm?: "sha1") => ({
  checksum: parseChecksum(await checksumOf(bytes, algorithm)) ?? null,
});

/** Returns the status and offset of an answer, or the refusal. */
const standing = (answer: UploadAnswer): string =>
  answer.ok ? `${answer.upload.status} ${answer.upload.offset}` : answer.refusal;
const look = async (stub: Stub): Promise<string> => standing(await stub.look(CLAIM));

const stored = async (key: string): Promise<Uint8Array | undefined> => {
  const object = await env.MEDIA.get(key);
  return object ? new Uint8Array(await object.arrayBuffer()) : undefined;
};

const same = (a: Uint8Array | undefined, b: Uint8Array): boolean =>
  a !== undefined && Buffer.compare(Buffer.from(a), Buffer.from(b)) === 0;

const keysOf = (stub: Stub): Promise<string[]> =>
  runInDurableObject(stub, (_, state) => [...state.storage.kv.list()].map(([key]) => key));

/** Runs the alarm with the clock set forward by `afterMs`. */
const ring = async (stub: Stub, afterMs: number): Promise<void> => {
  vi.useFakeTimers({ now: Date.now() + afterMs, toFake: ["Date"] });
  try {
    expect(await runDurableObjectAlarm(stub)).toBe(true);
  } finally {
    vi.useRealTimers();
  }
};

describe("a resumable upload", () => {
  it("becomes one object with the same bytes, from pieces of any size", async () => {
    const bytes = someBytes(2 * PART_BYTES + 1_234_567);
    const { stub, key } = await newUpload(bytes.length);
    let at = 0;
    for (const size of [1, 70_000, PART_BYTES - 70_001, 3 * MIB, 2 * MIB, 17, bytes.length]) {
      const piece = bytes.slice(at, at + size);
      at += piece.length;
      expect(standing(await append(stub, at - piece.length, piece))).toBe(
        at === bytes.length ? `complete ${at}` : `open ${at}`,
      );
    }
    expect(same(await stored(key), bytes)).toBe(true);
    // The buffered bytes are deleted when they are in the bucket.
    expect(await keysOf(stub)).toEqual(["upload"]);
  });

  it.each([1, PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, 2 * PART_BYTES])(
    "of %i bytes in one piece is complete",
    async (length) => {
      const bytes = someBytes(length, length);
      const { stub, key } = await newUpload(length);
      expect(standing(await append(stub, 0, bytes, { bytes: length }))).toBe(`complete ${length}`);
      expect(same(await stored(key), bytes)).toBe(true);
    },
  );

  it("counts every byte that arrived before the connection broke, and continues after them", async () => {
    const bytes = someBytes(PART_BYTES + 2 * MIB);
    const { stub, key } = await newUpload(bytes.length);
    const first = PART_BYTES + 777;
    await append(stub, 0, brokenBody(bytes.slice(0, first), "breaks")).catch(() => undefined);
    expect(await look(stub)).toBe(`open ${first}`);
    const second = bytes.slice(first, first + 1_000);
    await append(stub, first, brokenBody(second, "breaks")).catch(() => undefined);
    expect(await look(stub)).toBe(`open ${first + 1_000}`);
    expect(standing(await append(stub, first + 1_000, bytes.slice(first + 1_000)))).toMatch(/^complete/);
    expect(same(await stored(key), bytes)).toBe(true);
  });

  it.each(["HEAD", "PATCH"])(
    "ends a chunk with a hanging connection when a %s arrives, and counts the bytes that had arrived",
    async (method) => {
      const bytes = someBytes(3 * MIB);
      const { stub, key } = await newUpload(bytes.length);
      const hanging = append(stub, 0, brokenBody(bytes.slice(0, MIB), "hangs"));
      await eventually(() =>
        runInDurableObject(
          stub,
          (instance) => (instance as unknown as { receiving?: object }).receiving !== undefined,
        ),
      );
      await vi.waitFor(async () => {
        if (method === "HEAD") expect(await look(stub)).toBe(`open ${MIB}`);
        else expect(standing(await append(stub, MIB, bytes.slice(MIB)))).toBe(`complete ${bytes.length}`);
      });
      expect(standing(await hanging)).toBe("offset");
      if (method === "HEAD") await append(stub, MIB, bytes.slice(MIB));
      expect(same(await stored(key), bytes)).toBe(true);
    },
  );

  it("accepts only one of two concurrent chunks", async () => {
    const bytes = someBytes(8 * MIB);
    const { stub, key } = await newUpload(bytes.length);
    const answers = await Promise.all([1, 2, 3].map(() => append(stub, 0, bytes)));
    const outcomes = answers.map(standing).toSorted();
    expect(outcomes.filter((one) => one === "offset").length).toBeGreaterThanOrEqual(2);
    const [, at = "0"] = (await look(stub)).split(" ");
    await append(stub, Number(at), bytes.slice(Number(at)));
    expect(same(await stored(key), bytes)).toBe(true);
  });

  it("accepts a chunk only at the current offset", async () => {
    const { stub } = await newUpload(100);
    await append(stub, 0, someBytes(40));
    for (const offset of [0, 39, 41])
      expect(standing(await append(stub, offset, someBytes(1)))).toBe("offset");
    expect(await look(stub)).toBe("open 40");
  });

  it("refuses more bytes than announced, by a declared length or by the actual count", async () => {
    const { stub } = await newUpload(100);
    expect(standing(await append(stub, 0, someBytes(101), { bytes: 101 }))).toBe("too_long");
    expect(standing(await append(stub, 0, someBytes(101)))).toBe("too_long");
    expect(await look(stub)).toBe("open 0");
  });

  it("counts a chunk with a checksum entirely or not at all", async () => {
    const bytes = someBytes(2 * PART_BYTES + 500);
    const { stub, key } = await newUpload(bytes.length);
    await append(stub, 0, bytes.slice(0, 100));
    const rest = bytes.slice(100);
    const spoilt = rest.slice();
    spoilt[PART_BYTES] = (spoilt[PART_BYTES] ?? 0) ^ 1;
    expect(standing(await append(stub, 100, spoilt, await summed(rest)))).toBe("checksum");
    expect(await look(stub)).toBe("open 100");
    const cut = brokenBody(rest.slice(0, PART_BYTES + 1), "breaks");
    await append(stub, 100, cut, await summed(rest)).catch(() => undefined);
    expect(await look(stub)).toBe("open 100");
    // The parts of the failed chunks are uploaded again under the same part numbers.
    expect(standing(await append(stub, 100, rest, await summed(rest, "sha1")))).toBe(
      `complete ${bytes.length}`,
    );
    expect(same(await stored(key), bytes)).toBe(true);
  });

  it("continues after an eviction in the middle", async () => {
    const bytes = someBytes(2 * PART_BYTES);
    const { stub, key } = await newUpload(bytes.length);
    await append(stub, 0, bytes.slice(0, PART_BYTES + 9_999));
    await runInDurableObject(stub, (_, state) => state.abort()).catch(() => undefined);
    const again = env.RESUMABLE_UPLOAD.get(stub.id);
    expect(await look(again)).toBe(`open ${PART_BYTES + 9_999}`);
    await append(again, PART_BYTES + 9_999, bytes.slice(PART_BYTES + 9_999));
    expect(same(await stored(key), bytes)).toBe(true);
  });

  it("is unknown to other accounts and products, as an unused id is", async () => {
    const { stub } = await newUpload(10);
    const other = { ...CLAIM, owner: "8" };
    for (const answer of [await stub.look(other), await stub.terminate(other)])
      expect(standing(answer)).toBe("unknown");
    expect(standing(await append(stub, 0, someBytes(10), { claim: other }))).toBe("unknown");
    expect(await look(stub)).toBe("open 0");
    expect(await look(env.RESUMABLE_UPLOAD.get(env.RESUMABLE_UPLOAD.newUniqueId()))).toBe("unknown");
  });

  it("that was terminated leaves nothing in the bucket", async () => {
    const { stub, key } = await newUpload(2 * PART_BYTES);
    await append(stub, 0, someBytes(PART_BYTES + 5));
    await stub.terminate(CLAIM);
    expect(await look(stub)).toBe("gone");
    expect(standing(await append(stub, PART_BYTES + 5, someBytes(1)))).toBe("gone");
    expect(await keysOf(stub)).toEqual(["upload"]);
    expect(await stored(key)).toBeUndefined();
  });

  it("expires a day after its last byte, and its record is deleted a week later", async () => {
    const { stub, key } = await newUpload(2 * PART_BYTES);
    await append(stub, 0, someBytes(PART_BYTES + 5));
    await ring(stub, DAY_MS - HOUR_MS);
    expect(await look(stub)).toBe(`open ${PART_BYTES + 5}`);
    await ring(stub, DAY_MS + HOUR_MS);
    expect(await look(stub)).toBe("gone");
    expect(await stored(key)).toBeUndefined();
    await ring(stub, 9 * DAY_MS);
    expect(await look(stub)).toBe("unknown");
    expect(await keysOf(stub)).toEqual([]);
  });

  it("removes an object without a row at its expiry, and keeps one with a row", async () => {
    const [lost, taken] = [await newUpload(10), await newUpload(10)];
    for (const { stub } of [lost, taken]) await append(stub, 0, someBytes(10));
    await env.DB.prepare(
      `INSERT INTO meeting_files (meeting_id, user_id, name, kind, media_type, bytes, key, created_at)
       VALUES (1, 7, 'a', 'recording', 'video/webm', 10, ?1, 0)`,
    )
      .bind(taken.key)
      .run();
    for (const { stub } of [lost, taken]) await ring(stub, 2 * DAY_MS);
    expect(await stored(lost.key)).toBeUndefined();
    expect(await stored(taken.key)).toBeDefined();
  });

  it("is complete when the process stopped after the object was completed but before the record was written", async () => {
    const { stub, key } = await newUpload(10);
    await append(stub, 0, someBytes(5));
    // The multipart upload is complete, but the record does not say so.
    await runInDurableObject(stub, async (_, state) => {
      const record = state.storage.kv.get<{ multipartId: string }>("upload");
      const multipart = env.MEDIA.resumeMultipartUpload(key, record?.multipartId ?? "");
      await multipart.complete([await multipart.uploadPart(1, someBytes(10))]);
    });
    expect(standing(await append(stub, 5, someBytes(5)))).toBe("complete 10");
    expect(await look(stub)).toBe("complete 10");
  });

  it("is finished by its product once, and later calls change nothing", async () => {
    const { stub } = await newUpload(10);
    await append(stub, 0, someBytes(10));
    const finished = await stub.finish(CLAIM, "/there");
    expect(finished).toMatchObject({ ok: true, upload: { status: "finished", location: "/there" } });
    expect(await stub.finish(CLAIM, "/elsewhere")).toMatchObject({ upload: { location: "/there" } });
    expect(standing(await append(stub, 10, null))).toBe("finished 10");
    await stub.discard(CLAIM);
    expect(await look(stub)).toBe("finished 10");
  });
});
