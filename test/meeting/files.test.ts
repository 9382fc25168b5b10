import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { ask } from "../support/http.ts";
import { as, bearer, call, join, type MeetingUser, newMeeting, newMeetingUser } from "../support/meeting.ts";
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

const newPlace = async () => {
  const [host, guest, other] = [await newMeetingUser(), await newMeetingUser(), await newMeetingUser()];
  const { meeting_id } = await newMeeting(host);
  await join(guest, meeting_id);
  return { host, guest, other, id: String(meeting_id) };
};

describe("a file of a meeting", () => {
  it("is shared as the document says, listed, downloaded whole or in part, and deleted", async () => {
    const { host, guest, id } = await newPlace();
    const file = new File(["会议纪要 ".repeat(1_000)], "纪要 1.txt", { type: "text/html" });
    // As the document has it: the file first.
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
    const whole = await ask(path, { headers: bearer(host) });
    expect(whole.headers.get("content-disposition")).toContain(encodeURIComponent("纪要 1.txt"));
    expect(await whole.text()).toBe(await file.text());
    const part = await ask(path, { headers: { ...bearer(host), range: "bytes=0-2" } });
    expect([part.status, await part.text()]).toEqual([206, "会"]);
    expect((await call(`/media/files/${data.file_id}`, as(guest, "DELETE"))).status).toBe(200);
    expect((await call(`/media/files/${data.file_id}/download`, as(host))).body.code).toBe(3_002);
  });

  it("is only ever an attachment, whatever it is and is called", async () => {
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
      const response = await ask(new URL(data.download_url).pathname, { headers: bearer(host) });
      expect(response.headers.get("content-disposition")).toMatch(/^attachment/);
      expect(response.headers.get("content-type")).toBe(
        name === "a.png" ? "image/png" : "application/octet-stream",
      );
      expect(response.headers.get("x-content-type-options")).toBe("nosniff");
      await response.arrayBuffer();
    }
  });

  it("is open to its host and who was let in, and to nobody else", async () => {
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

  it("that could not be taken is 3001, and leaves nothing behind", async () => {
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
