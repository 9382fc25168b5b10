import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { as, call, enterRoom, newMeeting, newMeetingUser, type Participant } from "../support/meeting.ts";
import { attendanceWith, roomOf, runRoomAlarmLater } from "../support/meeting-room.ts";
import { newReceiver, newWebhook } from "../support/webhooks.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const alarmOf = (id: number) => runInDurableObject(roomOf(id), (_, { storage }) => storage.getAlarm());
const tablesOf = (id: number) =>
  runInDurableObject(roomOf(id), (_, { storage }) =>
    storage.sql.exec("SELECT name FROM sqlite_master WHERE name IN ('chat', 'facts')").toArray(),
  );
const statusOf = async (host: Parameters<typeof as>[0], id: number) =>
  (await call(`/meetings/${id}`, as(host))).data.status;

const leave = async (one: Participant) => {
  one.send({ type: "leave" });
  await one.closed;
};

const newRoom = async () => {
  const host = await newMeetingUser();
  const { meeting_id: id } = await newMeeting(host);
  const there = await enterRoom(host, id);
  there.send({ type: "chat", message: "between us" });
  await there.heard("chat");
  return { id, host, there };
};

describe("an empty room", () => {
  it("deletes its chat after a day and leaves no table behind", async () => {
    const { id, host, there } = await newRoom();
    await leave(there);
    expect((await alarmOf(id)) ?? 0).toBeGreaterThan(Date.now() + 23 * HOUR_MS);
    await runRoomAlarmLater(id, 23 * HOUR_MS);
    expect((await enterRoom(host, id)).welcome.chat).toMatchObject([{ message: "between us" }]);
    await call(`/meetings/${id}/leave`, as(host, "POST"));
    await runRoomAlarmLater(id, DAY_MS + HOUR_MS);
    expect(await tablesOf(id)).toEqual([]);
    expect(await alarmOf(id)).toBeNull();
    expect((await enterRoom(host, id)).welcome.chat).toEqual([]);
  });

  it("keeps everything while a participant is present", async () => {
    const { id, there } = await newRoom();
    const guest = await enterRoom(await newMeetingUser(), id);
    await leave(there);
    await runRoomAlarmLater(id, 30 * DAY_MS);
    const late = await enterRoom(await newMeetingUser(), id);
    expect(late.welcome).toMatchObject({
      chat: [{ message: "between us" }],
      peers: [{ peer_id: guest.publicId }],
    });
  });

  it("keeps the removal of a participant", async () => {
    const { id, host, there } = await newRoom();
    const rude = await newMeetingUser();
    const gone = await enterRoom(rude, id);
    await call(`/meetings/${id}/kick`, as(host, "POST", { user_id: rude.user_id }));
    await gone.closed;
    await leave(there);
    await runRoomAlarmLater(id, DAY_MS + HOUR_MS);
    const facts = await runInDurableObject(roomOf(id), (_, { storage }) =>
      storage.sql.exec("SELECT name FROM facts").toArray(),
    );
    expect(facts).toEqual([{ name: `kicked:${rude.user_id}` }]);
    const admission = { capability: "peer_x", fullName: "x", isHost: false, stay: "x", visit: 9 };
    expect(await roomOf(id).admit(id, { ...admission, userId: rude.user_id })).toBe("kicked");
    expect((await enterRoom(host, id)).welcome.chat).toEqual([]);
  });
});

describe("a room that ends while a departure is being recorded", () => {
  it("stays ended, and deletes its data a day later", async () => {
    const { id, host } = await newRoom();
    await runInDurableObject(roomOf(id), async (room, state) => {
      const [socket] = state.getWebSockets();
      if (!socket) throw new Error("nobody");
      const leaving = room.webSocketMessage(socket, '{"type":"leave"}');
      await room.end();
      const forgetsAt = await state.storage.getAlarm();
      expect(forgetsAt ?? 0).toBeGreaterThan(Date.now() + 23 * HOUR_MS);
      const now = Date.now;
      Date.now = () => now() + HOUR_MS;
      try {
        await leaving;
      } finally {
        Date.now = now;
      }
      expect(await state.storage.getAlarm()).toBe(forgetsAt);
    });
    const admission = { capability: "peer_x", fullName: "x", isHost: true, stay: "x", visit: 9 };
    expect(await roomOf(id).admit(id, { ...admission, userId: host.user_id })).toBe("ended");
    await runRoomAlarmLater(id, DAY_MS + HOUR_MS);
    expect(await tablesOf(id)).toEqual([]);
  });
});

describe("a meeting that should have ended more than a day ago", () => {
  it("is ended when its room is empty, and its webhooks and its room are notified once", async () => {
    const { id, host, there } = await newRoom();
    const box = newReceiver();
    await newWebhook(host, box.url, ["meeting.ended"]);
    const never = (await newMeeting(host)).meeting_id;
    const recent = (await newMeeting(host)).meeting_id;
    const busy = (await newMeeting(host)).meeting_id;
    const open = (await newMeeting(host)).meeting_id;
    const stays = await enterRoom(host, busy);
    const endAt = (meeting: number, agoMs: number) =>
      env.DB.prepare("UPDATE meetings SET end_at = ?2 WHERE id = ?1")
        .bind(meeting, Date.now() - agoMs)
        .run();
    for (const meeting of [id, never, busy]) await endAt(meeting, DAY_MS + HOUR_MS);
    await endAt(recent, DAY_MS - HOUR_MS);
    await leave(there);
    for (let i = 0; i < 2; i++) await attendanceWith().endOverdue();
    const statuses = [];
    for (const meeting of [id, never, busy, recent, open]) statuses.push(await statusOf(host, meeting));
    expect(statuses).toEqual(["ended", "ended", "ongoing", "scheduled", "scheduled"]);
    const admission = { capability: "peer_x", fullName: "x", isHost: true, stay: "x", visit: 9 };
    expect(await roomOf(id).admit(id, { ...admission, userId: host.user_id })).toBe("ended");
    expect(await tablesOf(never)).toEqual([]);
    const { results } = await env.DB.prepare(
      "SELECT json_extract(body, '$.data.id') AS id FROM webhook_events WHERE user_id = ? ORDER BY id",
    )
      .bind(host.user_id)
      .all<{ id: number }>();
    expect(results.map((event) => event.id)).toEqual([id, never].sort((a, b) => a - b));
    stays.send({ type: "chat", message: "still here" });
    await stays.heard("chat");
  });
});
