import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { readPicture } from "../../src/core/media/index.ts";
import { findMetadata } from "../../src/core/media/videos/mp4-metadata.ts";
import { plainJpeg } from "../../src/platform/images.ts";
import { request } from "../support/http.ts";
import { containsText, GPS, jpegWithMetadata, makePng } from "../support/pictures.ts";
import { as, bearer, bytesAt, call, formOf, newStudioUser, type StudioUser } from "../support/studio.ts";
import { LOCATION, makeMp4, makeWebm } from "../support/videos.ts";

interface UploadWire {
  readonly id: string;
  readonly url: string;
  readonly thumbnail: string;
  readonly width: number;
  readonly height: number;
  readonly fileSize: number;
  readonly duration?: number;
}

const upload = (user: StudioUser, kind: "image" | "video", fields: Record<string, string | Blob>) =>
  call<UploadWire>(`/upload/${kind}`, { method: "POST", headers: bearer(user), body: formOf(fields) });

const objectsOf = async () => (await env.MEDIA.list({ prefix: "uploads/" })).objects.length;

let user: StudioUser;
beforeAll(async () => {
  user = await newStudioUser();
});

describe("an uploaded image", () => {
  it("has the documented answer, the right orientation, and no location data", async () => {
    const jpeg = await plainJpeg(env.IMAGES, makePng(640, 320, [9, 99, 199]), 1_000);
    if (!jpeg) throw new Error("no picture");
    const file = new File([jpegWithMetadata(jpeg, 6)], "../../evil.html", { type: "text/html" });
    const { status, data } = await upload(user, "image", { file });
    expect(status).toBe(200);
    expect(data).toMatchObject({ width: 320, height: 640, fileSize: expect.any(Number) });
    const response = await request(data.url);
    expect(response.headers.get("content-type")).toBe("image/jpeg");
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    expect(response.headers.get("content-security-policy")).toContain("sandbox");
    const bytes = new Uint8Array(await response.arrayBuffer());
    expect(bytes.length).toBe(data.fileSize);
    expect(containsText(bytes, GPS)).toBe(false);
    expect(readPicture(bytes)).toMatchObject({ width: 320, height: 640, orientation: 6 });
    const small = await bytesAt(data.thumbnail);
    expect(readPicture(small)).toMatchObject({ mimeType: "image/webp", width: 256, height: 512 });
  });

  it("is accepted with a truncated end, as browsers show it", async () => {
    const whole = await plainJpeg(env.IMAGES, makePng(64, 64, [200, 100, 50]), 64);
    for (const content of [
      Buffer.from("R0lGODlhAQABAIAAAAAAAP///ywAAAAAAQABAAACAkQBAA==", "base64"),
      Buffer.from("R0lGODlhAQABAIAAAAAAAP///ywAAAAAAQABAAACAkQBAAA7", "base64"),
      (whole ?? new Uint8Array()).slice(0, -20),
    ]) {
      const { status, body } = await upload(user, "image", { file: new Blob([content]) });
      expect([status, body.error]).toEqual([200, undefined]);
    }
  });

  it("is refused by its bytes when it is not an image, and leaves no object behind", async () => {
    const before = await objectsOf();
    for (const content of [
      "<svg xmlns='http://www.w3.org/2000/svg'/>",
      "GIF89a",
      "",
      makePng(9, 9, [0, 0, 0]).slice(0, 50),
    ])
      expect(
        (await upload(user, "image", { file: new File([content], "a.png", { type: "image/png" }) })).status,
      ).toBe(400);
    // A valid header with picture data that a decoder cannot read.
    const hollow = makePng(64, 64, [0, 0, 0]);
    hollow.fill(7, 45, 60);
    expect((await upload(user, "image", { file: new Blob([hollow]) })).status).toBe(400);
    expect((await upload(user, "image", { other: "x" })).body.error).toContain("file");
    expect(
      (await upload(user, "image", { file: new Blob([new Uint8Array(20 * 1_024 * 1_024 + 1)]) })).status,
    ).toBe(413);
    expect(await objectsOf()).toBe(before);
  });
});

describe("an uploaded video", () => {
  it("has its true size, duration and still (WebM)", async () => {
    const webm = await makeWebm();
    const file = new File([webm], "holiday.mp4", { type: "application/pdf" });
    const { status, data } = await upload(user, "video", { file });
    expect(status).toBe(200);
    expect(data).toMatchObject({ width: 640, height: 360, fileSize: webm.length });
    expect(data.duration).toBeCloseTo(1, 1);
    expect(readPicture(await bytesAt(data.thumbnail))).toMatchObject({
      mimeType: "image/webp",
      width: 512,
      height: 288,
    });
    const part = await request(data.url, { headers: { range: "bytes=0-3" } });
    expect([part.status, part.headers.get("content-type")]).toEqual([206, "video/webm"]);
    expect(await bytesAt(data.url)).toEqual(webm);
  });

  it("has its recorded rotation and no location data (MP4)", async () => {
    const mp4 = await makeMp4();
    expect(containsText(mp4, LOCATION)).toBe(true);
    const still = new Blob([makePng(90, 160, [1, 2, 3])]);
    const { status, data } = await upload(user, "video", { file: new Blob([mp4]), thumbnail: still });
    expect(status).toBe(200);
    expect(data).toMatchObject({ width: 180, height: 320, fileSize: mp4.length });
    expect(data.duration).toBeCloseTo(2, 1);
    const stored = await bytesAt(data.url);
    expect(stored.length).toBe(mp4.length);
    expect(containsText(stored, LOCATION)).toBe(false);
    // All other bytes are unchanged.
    const differ = stored.reduce((sum, byte, i) => sum + (byte === mp4[i] ? 0 : 1), 0);
    expect(differ).toBeLessThan(60);
    expect(readPicture(await bytesAt(data.thumbnail))).toMatchObject({ mimeType: "image/webp", width: 90 });
  });

  it("has no still when the client sends none and none can be extracted", async () => {
    const { data } = await upload(user, "video", { file: new Blob([await makeMp4()]) });
    expect(data.thumbnail).toBe("");
    const junk = { file: new Blob([await makeMp4()]), thumbnail: new Blob(["<script>"]) };
    expect((await upload(user, "video", junk)).data.thumbnail).toBe("");
  });

  it("is refused when it is not a video, is truncated or is not in a form, and leaves no object behind", async () => {
    const before = await objectsOf();
    const webm = await makeWebm();
    for (const content of [new Uint8Array(5_000), "hello", makePng(9, 9, [0, 0, 0]), webm.slice(0, 300), ""])
      expect((await upload(user, "video", { file: new Blob([content]) })).status).toBe(400);
    expect((await upload(user, "video", { thumbnail: new Blob([webm]) })).body.error).toContain("file");
    for (const init of [
      { body: "not a form", headers: { "content-type": "text/plain" } },
      { body: "not a form", headers: { "content-type": "multipart/form-data; boundary=x" } },
      { headers: { "content-type": "multipart/form-data; boundary=x" } },
      {
        body: '--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\ncut off',
        headers: { "content-type": "multipart/form-data; boundary=x" },
      },
    ]) {
      const headers = { ...bearer(user), ...init.headers };
      expect((await call("/upload/video", { method: "POST", ...init, headers })).status).toBe(400);
    }
    expect(await objectsOf()).toBe(before);
  });

  it("ignores a still that is too large, a second still, and unknown fields", async () => {
    const form = new FormData();
    form.append("note", "hello");
    form.append("thumbnail", new Blob([new Uint8Array(600 * 1_024)]));
    form.append("file", new Blob([await makeMp4()]));
    const { status, data } = await call<UploadWire>("/upload/video", {
      method: "POST",
      headers: bearer(user),
      body: form,
    });
    expect([status, data.thumbnail]).toEqual([200, ""]);
    const other = new FormData();
    other.append("thumbnail", new Blob([makePng(20, 10, [1, 2, 3])]));
    other.append("file", new Blob([await makeMp4()]));
    const before = await call<UploadWire>("/upload/video", {
      method: "POST",
      headers: bearer(user),
      body: other,
    });
    expect(before.data.thumbnail).not.toBe("");
  });

  it("is one file per form, and none when the form breaks off after it", async () => {
    const before = await objectsOf();
    const two = new FormData();
    for (let i = 0; i < 2; i++) two.append("file", new Blob([await makeMp4()]));
    const { data } = await call<UploadWire>("/upload/video", {
      method: "POST",
      headers: bearer(user),
      body: two,
    });
    expect(await objectsOf()).toBe(before + 1);
    expect((await request(data.url)).status).toBe(200);
    const head = '--x\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n';
    const cut = await call("/upload/video", {
      method: "POST",
      headers: { ...bearer(user), "content-type": "multipart/form-data; boundary=x" },
      body: new Blob([head, await makeMp4(), "\r\n--x\r\nContent-Dispo"]),
    });
    expect(cut.status).toBe(400);
    expect(await objectsOf()).toBe(before + 1);
  });

  it("is refused without reading every box when it consists only of boxes", async () => {
    const boxes = new Uint8Array(8 * 160_000);
    for (let at = 0; at < boxes.length; at += 8) boxes.set([0, 0, 0, 8, 102, 114, 101, 101], at);
    const reads: number[] = [];
    const read = async (start: number, end: number) => {
      reads.push(end - start);
      return boxes.subarray(start, end);
    };
    await expect(findMetadata(read, boxes.length)).rejects.toThrow("too many boxes");
    expect(reads.length).toBeLessThan(30);
  });

  it("may have up to 100 MB and no more", async () => {
    const before = await objectsOf();
    const rest = new Uint8Array(101 * 1_024 * 1_024);
    const { status, body } = await upload(user, "video", { file: new Blob([rest]) });
    expect([status, body.code]).toEqual([413, 413]);
    expect(await objectsOf()).toBe(before);
  });
});

describe("an upload", () => {
  it("needs an account", async () => {
    for (const kind of ["image", "video"])
      expect((await call(`/upload/${kind}`, { method: "POST", body: formOf({ file: "x" }) })).status).toBe(
        401,
      );
  });

  it("can be deleted by its owner", async () => {
    const { data } = await upload(user, "image", { file: new Blob([makePng(9, 9, [0, 0, 0])]) });
    const other = await newStudioUser();
    expect((await call(`/upload/${data.id}`, as(other, "DELETE"))).status).toBe(404);
    expect((await request(data.url)).status).toBe(200);
    expect((await call(`/upload/${data.id}`, as(user, "DELETE"))).status).toBe(200);
    expect((await request(data.url)).status).toBe(404);
    expect((await request(data.thumbnail)).status).toBe(404);
    expect((await call(`/upload/${data.id}`, as(user, "DELETE"))).status).toBe(404);
  });
});
