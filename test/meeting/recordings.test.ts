import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { UploadRecord } from "../../durable/resumable-upload/store.ts";
import { CHECKSUM_ALGORITHMS } from "../../src/core/uploads/index.ts";
import { newAddress, request } from "../support/http.ts";
import {
  as,
  bearer,
  call,
  enterRoom,
  join,
  type MeetingUser,
  newMeeting,
  newMeetingUser,
} from "../support/meeting.ts";
import { append, base64, brokenBody, checksumOf, metadataOf, requestTus, someBytes } from "../support/tus.ts";

const PATH = "/api/v1/media/uploads";
const MIB = 1_024 * 1_024;
/** The first bytes of a WebM file. */
const WEBM = Buffer.from("1a45dfa39f4286810142f7810142f2810442f381084282847765626d42878104", "hex");

interface FileWire {
  readonly file_id: number;
  readonly file_name: string;
  readonly file_type: string;
  readonly mime_type: string;
  readonly file_size: number;
}

const newPlace = async () => {
  const [host, guest, other] = [await newMeetingUser(), await newMeetingUser(), await newMeetingUser()];
  const { meeting_id: id } = await newMeeting(host, { is_recording_enabled: true });
  await join(guest, id);
  return { host, guest, other, id };
};

const film = (length: number) => {
  const bytes = someBytes(length);
  bytes.set(WEBM);
  return bytes;
};

const begin = (
  user: MeetingUser,
  length: number,
  metadata: Record<string, string | number>,
  more: Record<string, string> = {},
) =>
  requestTus("POST", PATH, {
    ...bearer(user),
    "upload-length": String(length),
    "upload-metadata": metadataOf(metadata),
    ...more,
  });

/** Begins an upload and returns its path. */
const newUpload = async (user: MeetingUser, id: number, length: number, fields = {}): Promise<string> => {
  const begun = await begin(user, length, { filename: "film.webm", meeting_id: id, ...fields });
  expect(begun.status).toBe(201);
  return begun.headers.get("location") ?? "";
};

const filesOf = async (user: MeetingUser, id: number): Promise<FileWire[]> =>
  (await call<{ files: FileWire[] }>(`/media/files?meeting_id=${id}`, as(user))).data.files;

const objectOf = (path: string) =>
  env.RESUMABLE_UPLOAD.get(env.RESUMABLE_UPLOAD.idFromString(path.split("/").at(-1) ?? ""));

const changeRecord = (path: string, change: Partial<UploadRecord>) =>
  runInDurableObject(objectOf(path), (_, state) =>
    state.storage.kv.put("upload", { ...state.storage.kv.get<UploadRecord>("upload"), ...change }),
  );

describe("a recording that is uploaded by tus", () => {
  it("resumes after a lost connection, and becomes a file with the same bytes", async () => {
    const { host, guest, id } = await newPlace();
    const bytes = film(7 * MIB + 3);
    const metadata = metadataOf({ filename: "周会 录像.webm", meeting_id: id });
    const begun = await requestTus("POST", PATH, {
      ...bearer(host),
      "upload-length": String(bytes.length),
      "upload-metadata": metadata,
    });
    expect([begun.status, begun.offset]).toEqual([201, 0]);
    expect(Date.parse(begun.headers.get("upload-expires") ?? "")).toBeGreaterThan(
      Date.now() + 23 * 3_600_000,
    );
    const path = begun.headers.get("location") ?? "";
    expect(path).toMatch(/^http:\/\/localhost\/api\/v1\/media\/uploads\/[0-9a-f]{64}$/);

    await append(path, bearer(host), 0, brokenBody(bytes.slice(0, 6 * MIB), "breaks")).catch(() => undefined);
    const head = await requestTus("HEAD", path, bearer(host));
    expect([head.status, head.offset]).toEqual([200, 6 * MIB]);
    expect(head.headers.get("upload-length")).toBe(String(bytes.length));
    expect(head.headers.get("upload-metadata")).toBe(metadata);
    expect(head.headers.get("cache-control")).toBe("no-store");
    expect(head.headers.get("tus-resumable")).toBe("1.0.0");
    expect(head.headers.get("content-location")).toBeNull();
    expect(await filesOf(host, id)).toEqual([]);

    const last = await append(path, bearer(host), 6 * MIB, bytes.slice(6 * MIB));
    expect([last.status, last.offset]).toEqual([204, bytes.length]);
    const [file, ...more] = await filesOf(guest, id);
    expect(more).toEqual([]);
    expect(file).toMatchObject({
      file_name: "周会 录像.webm",
      file_type: "recording",
      mime_type: "video/webm",
      file_size: bytes.length,
    });
    const location = `http://localhost/api/v1/media/files/${file?.file_id}/download`;
    expect(last.headers.get("content-location")).toBe(location);
    expect((await requestTus("HEAD", path, bearer(host))).headers.get("content-location")).toBe(location);
    const download = await request(location, { headers: bearer(guest) });
    expect(download.headers.get("content-type")).toBe("video/webm");
    expect(Buffer.compare(Buffer.from(await download.arrayBuffer()), Buffer.from(bytes))).toBe(0);
    // A repeated last request changes nothing.
    expect((await append(path, bearer(host), bytes.length, new Uint8Array())).status).toBe(204);
    expect(await filesOf(host, id)).toHaveLength(1);
  });

  it("may send some or all of its bytes with the request that begins it", async () => {
    const { host, id } = await newPlace();
    const bytes = film(1_000);
    const headers = {
      ...bearer(host),
      "upload-length": "1000",
      "upload-metadata": metadataOf({ filename: "a.webm", meeting_id: id }),
      "content-type": "application/offset+octet-stream",
    };
    const first = await requestTus("POST", PATH, headers, bytes.slice(0, 400));
    expect([first.status, first.offset]).toEqual([201, 400]);
    const all = await requestTus("POST", PATH, headers, bytes);
    expect([all.status, all.offset]).toEqual([201, 1_000]);
    expect(all.headers.get("content-location")).toContain("/download");
    const wrong = { ...headers, "upload-checksum": await checksumOf(someBytes(3)) };
    expect((await requestTus("POST", PATH, wrong, bytes)).status).toBe(460);
    expect(await filesOf(host, id)).toHaveLength(1);
  });

  it("is refused at its beginning when its file would be refused", async () => {
    const { host, other, id } = await newPlace();
    const fields = { filename: "a.webm", meeting_id: id };
    const outcome = async (answer: ReturnType<typeof begin>) => {
      const { status, code } = await answer;
      return [status, code];
    };
    expect(await outcome(begin(other, 10, fields))).toEqual([404, 2_001]);
    expect(await outcome(begin(host, 0, fields))).toEqual([400, 3_001]);
    expect(await outcome(begin(host, 2 * 1_024 * MIB + 1, fields))).toEqual([413, 413]);
    expect(await outcome(begin(host, 101 * MIB, { ...fields, file_type: "document" }))).toEqual([413, 413]);
    expect((await begin(host, 101 * MIB, fields)).status).toBe(201);
    for (const metadata of [
      {},
      { filename: "a" },
      { ...fields, meeting_id: "x" },
      { ...fields, file_type: "x" },
    ])
      expect(await outcome(begin(host, 10, metadata))).toEqual([400, 400]);
    for (const more of [
      { "upload-length": "-1" },
      { "upload-length": "1e3" },
      { "upload-metadata": "filename !!!" },
      { "upload-metadata": `filename ${base64("a")},filename ${base64("b")}` },
      { "upload-checksum": "crc32 AAAA" },
    ])
      expect(await outcome(begin(host, 10, fields, more as Record<string, string>))).toEqual([400, 400]);
    const deferred = { ...bearer(host), "upload-defer-length": "1", "upload-metadata": metadataOf(fields) };
    expect((await requestTus("POST", PATH, deferred)).status).toBe(400);
    expect((await requestTus("POST", PATH, { "upload-length": "10" })).status).toBe(401);
  });

  it("is refused when the host has disabled recording, unless it began before", async () => {
    const { host, guest, id } = await newPlace();
    const path = await newUpload(guest, id, 100);
    await call(`/meetings/${id}`, as(host, "PUT", { is_recording_enabled: false }));
    for (const user of [host, guest]) {
      const { status, code } = await begin(user, 10, { filename: "a.webm", meeting_id: id });
      expect([status, code]).toEqual([400, 3_001]);
      expect(
        (await begin(user, 10, { filename: "a.txt", meeting_id: id, file_type: "document" })).status,
      ).toBe(201);
    }
    expect((await append(path, bearer(guest), 0, film(100))).status).toBe(204);
    expect(await filesOf(host, id)).toMatchObject([{ file_type: "recording" }]);
  });

  it("is announced to the room once, after its last byte", async () => {
    const { host, guest, id } = await newPlace();
    const there = await enterRoom(host, id);
    const path = await newUpload(guest, id, 100);
    await append(path, bearer(guest), 0, film(100));
    await append(path, bearer(guest), 100, new Uint8Array());
    const [file] = await filesOf(host, id);
    expect(await there.heard("file-shared")).toEqual({
      type: "file-shared",
      file_id: file?.file_id,
      file_name: "film.webm",
      file_size: 100,
      file_type: "recording",
      user_id: guest.user_id,
    });
    there.send({ type: "chat", message: "seen" });
    await there.heard("chat");
    expect(there.messages.filter(({ type }) => type === "file-shared")).toHaveLength(1);
  });

  it("has a specific status for each kind of error", async () => {
    const { host, id } = await newPlace();
    const path = await newUpload(host, id, 100);
    const bytes = film(100);
    await append(path, bearer(host), 0, bytes.slice(0, 50));
    const status = async (answer: ReturnType<typeof requestTus>) => (await answer).status;
    expect(await status(append(path, bearer(host), 49, bytes.slice(49)))).toBe(409);
    expect(await status(append(path, bearer(host), 50, someBytes(51)))).toBe(413);
    const sum = { "upload-checksum": await checksumOf(someBytes(50)) };
    expect(await status(append(path, bearer(host), 50, bytes.slice(50), sum))).toBe(460);
    for (const checksum of ["sha1", "sha1 abc", "sha512 AAAA", "md5 AAAA"])
      expect(
        await status(append(path, bearer(host), 50, bytes.slice(50), { "upload-checksum": checksum })),
      ).toBe(400);
    expect(await status(append(path, bearer(host), 50, bytes, { "content-type": "video/webm" }))).toBe(415);
    expect(await status(append(path, bearer(host), 50, bytes, { "upload-offset": "x" }))).toBe(400);
    for (const version of ["0.2.2", ""]) {
      const answer = await append(path, bearer(host), 50, bytes.slice(50), { "tus-resumable": version });
      expect([answer.status, answer.headers.get("tus-version")]).toEqual([412, "1.0.0"]);
    }
    expect(await status(append(path, {}, 50, bytes.slice(50)))).toBe(401);
    const got = await requestTus("GET", path, bearer(host));
    expect([got.status, got.headers.get("allow")]).toEqual([405, expect.stringContaining("PATCH")]);
    const head = await requestTus("HEAD", path, bearer(host));
    expect([head.status, head.offset]).toEqual([200, 50]);
    const right = { "upload-checksum": await checksumOf(bytes.slice(50), "sha1") };
    expect(await status(append(path, bearer(host), 50, bytes.slice(50), right))).toBe(204);
  });

  it("is not found by other accounts", async () => {
    const { host, guest, id } = await newPlace();
    const path = await newUpload(host, id, 10);
    const never = `${PATH}/${env.RESUMABLE_UPLOAD.newUniqueId().toString()}`;
    for (const [user, where] of [
      [guest, path],
      [host, never],
      [host, `${PATH}/${"0".repeat(64)}`],
      [host, `${PATH}/film`],
    ] as const) {
      expect((await requestTus("HEAD", where, bearer(user))).status).toBe(404);
      expect((await append(where, bearer(user), 0, film(32).slice(0, 10))).status).toBe(404);
      expect((await requestTus("DELETE", where, bearer(user))).status).toBe(404);
    }
    expect((await requestTus("HEAD", path, bearer(host))).offset).toBe(0);
  });

  it("is gone after its owner ends it, but a finished file stays", async () => {
    const { host, id } = await newPlace();
    const path = await newUpload(host, id, 100);
    await append(path, bearer(host), 0, film(50));
    expect((await requestTus("DELETE", path, bearer(host))).status).toBe(204);
    expect((await requestTus("HEAD", path, bearer(host))).status).toBe(410);
    expect((await append(path, bearer(host), 50, film(50))).status).toBe(410);
    expect((await requestTus("DELETE", path, bearer(host))).status).toBe(410);
    const done = await newUpload(host, id, 100);
    await append(done, bearer(host), 0, film(100));
    expect((await requestTus("DELETE", done, bearer(host))).status).toBe(204);
    const [file] = await filesOf(host, id);
    const download = await request(`/api/v1/media/files/${file?.file_id}/download`, {
      headers: bearer(host),
    });
    expect((await download.arrayBuffer()).byteLength).toBe(100);
  });

  it("accepts x-http-method-override from clients that can only POST", async () => {
    const { host, id } = await newPlace();
    const path = await newUpload(host, id, 100);
    const chunk = {
      ...bearer(host),
      "x-http-method-override": "PATCH",
      "upload-offset": "0",
      "content-type": "application/offset+octet-stream",
    };
    const sent = await requestTus("POST", path, chunk, film(60));
    expect([sent.status, sent.offset]).toEqual([204, 60]);
    expect((await requestTus("POST", path, { ...chunk, "upload-offset": "x" }, film(40))).status).toBe(400);
    expect(
      (await requestTus("POST", path, { ...bearer(host), "x-http-method-override": "DELETE" })).status,
    ).toBe(204);
    expect((await requestTus("POST", path, bearer(host))).status).toBe(405);
    expect((await requestTus("HEAD", path, bearer(host))).status).toBe(410);
  });

  it("becomes a file once, with the next request, when the server stopped before the row was written", async () => {
    const { host, id } = await newPlace();
    const bytes = film(2_000);
    const path = await newUpload(host, id, bytes.length);
    // The object is complete in the bucket, but the Worker stopped before it inserted the file's row.
    const record = await runInDurableObject(objectOf(path), async (_, state) => {
      const record = state.storage.kv.get<UploadRecord>("upload");
      const multipart = env.MEDIA.resumeMultipartUpload(record?.key ?? "", record?.multipartId ?? "");
      await multipart.complete([await multipart.uploadPart(1, bytes)]);
      return record;
    });
    await changeRecord(path, { status: "complete", offset: bytes.length });
    expect(await filesOf(host, id)).toEqual([]);
    const [head, patch] = await Promise.all([
      requestTus("HEAD", path, bearer(host)),
      append(path, bearer(host), bytes.length, new Uint8Array()),
    ]);
    expect([head.status, head.offset, patch.status]).toEqual([200, bytes.length, 204]);
    const location = head.headers.get("content-location");
    expect(location).toContain("/download");
    // Then the Worker stopped after the row was inserted, before the upload recorded it.
    await changeRecord(path, { status: "complete", location: null });
    expect((await requestTus("HEAD", path, bearer(host))).headers.get("content-location")).toBe(location);
    expect(await filesOf(host, id)).toHaveLength(1);
    expect(await env.MEDIA.head(record?.key ?? "")).not.toBeNull();
  });

  it("is removed when its meeting no longer accepts it at its end", async () => {
    const { host, guest, id } = await newPlace();
    const path = await newUpload(guest, id, 100);
    await append(path, bearer(guest), 0, film(60));
    const { key } = (await runInDurableObject(objectOf(path), (_, state) =>
      state.storage.kv.get<UploadRecord>("upload"),
    )) ?? { key: "" };
    expect((await call(`/meetings/${id}/kick`, as(host, "POST", { user_id: guest.user_id }))).status).toBe(
      200,
    );
    const refused = await append(path, bearer(guest), 60, film(40));
    expect([refused.status, refused.code]).toEqual([404, 2_001]);
    expect((await requestTus("HEAD", path, bearer(guest))).status).toBe(410);
    expect(await env.MEDIA.head(key)).toBeNull();
    expect(await filesOf(host, id)).toEqual([]);
  });

  it("describes its protocol support, also to other origins", async () => {
    const answer = await request(PATH, {
      method: "OPTIONS",
      headers: {
        origin: "https://page.example",
        "access-control-request-method": "PATCH",
        "access-control-request-headers": "tus-resumable,upload-offset,upload-checksum",
        "cf-connecting-ip": newAddress(),
      },
    });
    expect(answer.status).toBe(204);
    const { headers } = answer;
    expect(headers.get("tus-version")).toBe("1.0.0");
    expect(headers.get("tus-max-size")).toBe(String(2 * 1_024 * MIB));
    expect(headers.get("tus-checksum-algorithm")?.split(",")).toEqual([...CHECKSUM_ALGORITHMS]);
    expect(headers.get("tus-extension")?.split(",").toSorted()).toEqual([
      "checksum",
      "creation",
      "creation-with-upload",
      "expiration",
      "termination",
    ]);
    expect(headers.get("access-control-allow-origin")).toBe("*");
    expect(headers.get("access-control-allow-methods")).toContain("PATCH");
    for (const name of ["Tus-Resumable", "Upload-Offset", "Upload-Checksum", "Authorization"])
      expect(headers.get("access-control-allow-headers")).toContain(name);
    const { host, id } = await newPlace();
    const begun = await begin(
      host,
      10,
      { filename: "a.webm", meeting_id: id },
      { origin: "https://page.example" },
    );
    expect(begun.headers.get("access-control-allow-origin")).toBe("*");
    for (const name of ["Location", "Upload-Offset", "Content-Location", "X-RateLimit-Remaining"])
      expect(begun.headers.get("access-control-expose-headers")).toContain(name);
  });
});
