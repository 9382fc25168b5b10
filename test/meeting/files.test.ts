import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { handle } from "../../src/app.ts";
import { request } from "../support/http.ts";
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
import { makePng } from "../support/pictures.ts";

interface FileWire {
  readonly file_id: number;
  readonly file_name: string;
  readonly mime_type: string;
  readonly file_size: number;
  readonly download_url: string;
}

const share = (user: MeetingUser, fields: [name: string, value: string | Blob][]) => {
  const form = new FormData();
  for (const [name, value] of fields) form.append(name, value);
  return call<FileWire>("/media/upload", { method: "POST", headers: bearer(user), body: form });
};

const objectsOf = async () => (await env.MEDIA.list({ prefix: "meetings/" })).objects.length;

const newPlace = async (change: object = {}) => {
  const [host, guest, other] = [await newMeetingUser(), await newMeetingUser(), await newMeetingUser()];
  const { meeting_id } = await newMeeting(host, { ...change });
  await join(guest, meeting_id);
  return { host, guest, other, id: String(meeting_id) };
};

describe("a file of a meeting", () => {
  it("is shared as documented, listed, downloaded whole or in part, and deleted", async () => {
    const { host, guest, id } = await newPlace();
    const file = new File(["会议纪要 ".repeat(1_000)], "纪要 1.txt", { type: "text/html" });
    // The documented order of the fields: the file first.
    const { status, data } = await share(guest, [
      ["file", file],
      ["meeting_id", id],
      ["file_type", "document"],
    ]);
    expect(status).toBe(201);
    expect(data).toMatchObject({
      file_id: expect.any(Number),
      file_name: "纪要 1.txt",
      file_type: "document",
      file_size: file.size,
      mime_type: "application/octet-stream",
    });
    const listed = await call<{ files: FileWire[]; total: number }>(
      `/media/files?meeting_id=${id}`,
      as(host),
    );
    expect(listed.data).toMatchObject({ total: 1, files: [{ file_id: data.file_id }] });
    const path = `/api/v1/media/files/${data.file_id}/download`;
    const whole = await request(path, { headers: bearer(host) });
    expect(whole.headers.get("content-disposition")).toContain(encodeURIComponent("纪要 1.txt"));
    expect(await whole.text()).toBe(await file.text());
    const part = await request(path, { headers: { ...bearer(host), range: "bytes=0-2" } });
    expect([part.status, await part.text()]).toEqual([206, "会"]);
    expect((await call(`/media/files/${data.file_id}`, as(guest, "DELETE"))).status).toBe(200);
    expect((await call(`/media/files/${data.file_id}/download`, as(host))).body.code).toBe(3_002);
  });

  it("is always served as an attachment, with any content and name", async () => {
    const { host, id } = await newPlace();
    for (const [content, name] of [
      ["<html><script>alert(1)</script>", "page.html"],
      ["X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR", "../../virus.exe"],
      [makePng(8, 8, [1, 2, 3]), "a.png"],
    ] as const) {
      const { data } = await share(host, [
        ["meeting_id", id],
        ["file", new File([content], name, { type: "text/html" })],
      ]);
      expect(data.file_name).not.toContain("/");
      const response = await request(new URL(data.download_url).pathname, { headers: bearer(host) });
      expect(response.headers.get("content-disposition")).toMatch(/^attachment/);
      expect(response.headers.get("content-type")).toBe(
        name === "a.png" ? "image/png" : "application/octet-stream",
      );
      expect(response.headers.get("x-content-type-options")).toBe("nosniff");
      await response.arrayBuffer();
    }
  });

  it("is accessible only to the host and to admitted participants", async () => {
    const { host, guest, other, id } = await newPlace();
    const { data } = await share(host, [
      ["file", new File(["x"], "a.txt")],
      ["meeting_id", id],
    ]);
    const before = await objectsOf();
    const foreign = await share(other, [
      ["file", new File(["x"], "a.txt")],
      ["meeting_id", id],
    ]);
    expect([foreign.status, foreign.body.code]).toEqual([404, 2_001]);
    expect(await objectsOf()).toBe(before);
    expect((await call(`/media/files?meeting_id=${id}`, as(other))).body.code).toBe(2_001);
    expect((await call(`/media/files/${data.file_id}/download`, as(other))).body.code).toBe(3_002);
    expect((await call(`/media/files/${data.file_id}`, as(guest, "DELETE"))).status).toBe(403);
    expect((await call(`/media/files/${data.file_id}`, as(other, "DELETE"))).body.code).toBe(3_002);
    const theirs = await share(guest, [
      ["file", new File(["x"], "b.txt")],
      ["meeting_id", id],
    ]);
    expect((await call(`/media/files/${theirs.data.file_id}`, as(host, "DELETE"))).status).toBe(200);
  });

  it("is announced once to every participant when it is shared and when it is removed", async () => {
    const { host, guest, id } = await newPlace();
    const [there, away] = [await enterRoom(host, Number(id)), await enterRoom(guest, Number(id))];
    const { data } = await share(guest, [
      ["file", new File(["hello"], "纪要.txt")],
      ["meeting_id", id],
      ["file_type", "document"],
    ]);
    for (const one of [there, away])
      expect(await one.heard("file-shared")).toEqual({
        type: "file-shared",
        file_id: data.file_id,
        file_name: "纪要.txt",
        file_size: 5,
        file_type: "document",
        user_id: guest.user_id,
      });
    await call(`/media/files/${data.file_id}`, as(host, "DELETE"));
    expect(await away.heard("file-removed")).toEqual({ type: "file-removed", file_id: data.file_id });
    expect(away.messages.filter(({ type }) => type === "file-shared")).toHaveLength(1);
  });

  it("is shared even when the room cannot be notified", async () => {
    const { host, id } = await newPlace();
    const ctx = createExecutionContext();
    const form = new FormData();
    form.set("file", new File(["x"], "a.txt"));
    form.set("meeting_id", id);
    const broken = {
      idFromName: (name: string) => env.MEETING_ROOM.idFromName(name),
      get: () => ({ announce: () => Promise.reject(new Error("no room")) }),
    };
    const response = await handle(
      new Request("http://localhost/api/v1/media/upload", {
        method: "POST",
        headers: bearer(host),
        body: form,
      }),
      { ...env, MEETING_ROOM: broken as unknown as typeof env.MEETING_ROOM },
      ctx,
    );
    expect(response.status).toBe(201);
    await waitOnExecutionContext(ctx);
  });

  it("is refused as a recording when the host has disabled recording", async () => {
    const { host, guest, id } = await newPlace({ is_recording_enabled: false });
    const before = await objectsOf();
    const record = (user: MeetingUser) =>
      share(user, [
        ["file", new File(["x"], "a.webm")],
        ["meeting_id", id],
        ["file_type", "recording"],
      ]);
    for (const user of [host, guest])
      expect((await record(user)).body).toMatchObject({
        code: 3_001,
        error: "recording is turned off for this meeting",
      });
    expect(await objectsOf()).toBe(before);
    await call(`/meetings/${id}`, as(host, "PUT", { is_recording_enabled: true }));
    for (const user of [host, guest]) expect((await record(user)).status).toBe(201);
  });

  it("is 3001 when it is refused, and leaves no object behind", async () => {
    const { host, id } = await newPlace();
    const before = await objectsOf();
    expect((await share(host, [["meeting_id", id]])).body.code).toBe(3_001);
    expect(
      (
        await share(host, [
          ["file", new File([], "a.txt")],
          ["meeting_id", id],
        ])
      ).body.code,
    ).toBe(3_001);
    const init = { method: "POST", headers: { ...bearer(host), "content-type": "text/plain" }, body: "x" };
    expect((await call("/media/upload", init)).body.code).toBe(3_001);
    for (const fields of [
      [["file", new File(["x"], "a.txt")]],
      [
        ["file", new File(["x"], "a.txt")],
        ["meeting_id", "abc"],
      ],
      [
        ["file", new File(["x"], "a.txt")],
        ["meeting_id", id],
        ["file_type", "malware"],
      ],
    ] as [string, string | Blob][][])
      expect((await share(host, fields)).body.code).toBe(400);
    const huge = new File([new Uint8Array(101 * 1_024 * 1_024)], "a.bin");
    expect(
      (
        await share(host, [
          ["file", huge],
          ["meeting_id", id],
        ])
      ).status,
    ).toBe(413);
    expect(await objectsOf()).toBe(before);
  });
});
