import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { eventually, request } from "../support/http.ts";
import { as, call, enterRoom, join, newMeeting, newMeetingUser, openSignaling } from "../support/meeting.ts";
import { attendanceWith, presentUserIds, roomOf, runRoomAlarmLater } from "../support/meeting-room.ts";

describe("a join during the end of its meeting", () => {
  it("is refused by the room, and its seat is released", async () => {
    const [host, guest] = [await newMeetingUser(), await newMeetingUser()];
    const { meeting_id: id } = await newMeeting(host);
    await enterRoom(host, id);
    const joined = await attendanceWith({
      admit: async (...admission) => {
        await call(`/meetings/${id}/end`, as(host, "POST"));
        return roomOf(id).admit(...admission);
      },
    }).join({ userId: guest.user_id, fullName: "late", origin: "somewhere" }, id, undefined);
    expect(joined).toMatchObject({ ok: false, error: { code: "meeting_ended" } });
    expect(await presentUserIds(id)).toEqual([]);
    expect(await roomOf(id).peers()).toEqual([]);
  });

  it("or during the removal of its account is refused", async () => {
    const [host, guest] = [await newMeetingUser(), await newMeetingUser()];
    const { meeting_id: id } = await newMeeting(host);
    await enterRoom(host, id);
    await enterRoom(guest, id);
    const joined = await attendanceWith({
      admit: async (...admission) => {
        await call(`/meetings/${id}/kick`, as(host, "POST", { user_id: guest.user_id }));
        return roomOf(id).admit(...admission);
      },
    }).join({ userId: guest.user_id, fullName: "again", origin: "somewhere" }, id, undefined);
    expect(joined).toMatchObject({ ok: false, error: { code: "forbidden" } });
    expect(await presentUserIds(id)).toEqual([host.user_id]);
  });

  it("releases its seat when the room does not answer", async () => {
    const host = await newMeetingUser();
    const { meeting_id: id } = await newMeeting(host);
    const broken = attendanceWith({ admit: () => Promise.reject(new Error("no room")) });
    await expect(
      broken.join({ userId: host.user_id, fullName: "host", origin: "somewhere" }, id, undefined),
    ).rejects.toThrow("no room");
    expect(await presentUserIds(id)).toEqual([]);
  });
});

describe("the record of a departure", () => {
  it("does not end a later session of presence of the same account", async () => {
    const [host, guest] = [await newMeetingUser(), await newMeetingUser()];
    const { meeting_id: id } = await newMeeting(host);
    await enterRoom(host, id);
    const first = await enterRoom(guest, id);
    // The leave of the socket and the next join run concurrently, in either order.
    first.send({ type: "leave" });
    const again = await enterRoom(guest, id);
    await first.closed;
    await eventually(async () => (await roomOf(id).peers()).length === 2);
    expect(await presentUserIds(id)).toEqual([host.user_id, guest.user_id].sort((a, b) => a - b));
    again.send({ type: "chat", message: "here" });
    await again.heard("chat");
  });

  it("blocks a reconnection while it is written, so that the account must join again", async () => {
    const [host, guest] = [await newMeetingUser(), await newMeetingUser()];
    const { meeting_id: id } = await newMeeting(host);
    await enterRoom(host, id);
    const gone = await enterRoom(guest, id);
    gone.socket.close(1_000, "");
    await eventually(async () => (await roomOf(id).peers()).some(({ isConnected }) => !isConnected));
    await runInDurableObject(roomOf(id), (_, { storage }) => {
      storage.sql.exec("UPDATE peers SET is_leaving = 1 WHERE capability = ?", gone.peer_id);
    });
    expect((await (await openSignaling(gone.signaling_url)).closed).code).toBe(4_401);
    await runRoomAlarmLater(id, 60_000);
    expect(await presentUserIds(id)).toEqual([host.user_id]);
    expect((await join(guest, id)).status).toBe(200);
  });
});

describe("a participant that pings", () => {
  it("is removed by the room's alarm after a silence, also when no other peer sends messages", async () => {
    const host = await newMeetingUser();
    const { meeting_id: id } = await newMeeting(host);
    const joined = await join(host, id);
    const { peer_id, user_id, signaling_url } = joined.data;
    const alone = await openSignaling(signaling_url);
    alone.send("ping");
    alone.send({ type: "join", meeting_id: id, user_id, peer_id });
    await alone.heard("joined");
    const alarm = () => runInDurableObject(roomOf(id), (_, { storage }) => storage.getAlarm());
    expect((await alarm()) ?? 0).toBeGreaterThan(Date.now() + 5_000);
    await runRoomAlarmLater(id, 21_000);
    expect((await alone.closed).code).toBe(4_408);
    await runRoomAlarmLater(id, 60_000);
    expect(await presentUserIds(id)).toEqual([]);
    // The only alarm left is the one that deletes the chat a day later.
    expect((await alarm()) ?? 0).toBeGreaterThan(Date.now() + 23 * 3_600_000);
  });

  it("does not keep the room awake after its socket was replaced", async () => {
    const host = await newMeetingUser();
    const { meeting_id: id } = await newMeeting(host);
    const first = await enterRoom(host, id);
    first.send("ping");
    const again = await openSignaling(first.signaling_url);
    again.send({ type: "join", meeting_id: id, user_id: first.user_id, peer_id: first.peer_id });
    await again.heard("joined");
    await first.closed;
    const ghosts = await runInDurableObject(roomOf(id), async (room, state) => {
      await room.alarm();
      return { alarm: await state.storage.getAlarm(), now: Date.now() };
    });
    expect(ghosts.alarm ?? Number.POSITIVE_INFINITY).toBeGreaterThan(ghosts.now + 1_000);
  });
});

describe("a removed guest", () => {
  it("cannot return under another name from the same network", async () => {
    const host = await newMeetingUser();
    const { meeting_id: id } = await newMeeting(host, { allow_guests: true });
    await enterRoom(host, id);
    const visit = (name: string, address: string) =>
      call<{ user_id: number }>(`/meetings/${id}/join`, {
        method: "POST",
        headers: { "content-type": "application/json", "cf-connecting-ip": address },
        body: JSON.stringify({ full_name: name }),
      });
    const rude = await visit("Rude", "2001:db8:9:9::1");
    await call(`/meetings/${id}/kick`, as(host, "POST", { user_id: rude.data.user_id }));
    expect((await visit("Polite", "2001:db8:9:9::2")).status).toBe(403);
    expect((await visit("Somebody else", "2001:db8:8:8::1")).status).toBe(200);
    const { results } = await env.DB.prepare("SELECT * FROM meeting_participants WHERE meeting_id = ?")
      .bind(id)
      .all();
    expect(JSON.stringify(results)).not.toContain("2001:db8");
  });
});

describe("a room without participants", () => {
  it("creates no tables when it refuses a socket", async () => {
    const url = "/ws/signaling?meeting_id=987654321&user_id=1&peer_id=x";
    const response = await request(url, { headers: { upgrade: "websocket" } });
    expect(response.status).toBe(101);
    response.webSocket?.accept();
    const tables = await runInDurableObject(roomOf(987_654_321), (_, { storage }) =>
      storage.sql.exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'").toArray(),
    );
    expect(tables).toEqual([]);
  });

  it("has no tables a day after its end", async () => {
    const host = await newMeetingUser();
    const { meeting_id: id } = await newMeeting(host);
    const there = await enterRoom(host, id);
    await call(`/meetings/${id}/end`, as(host, "POST"));
    await runDurableObjectAlarm(roomOf(id));
    expect((await (await openSignaling(there.signaling_url)).closed).code).toBe(4_401);
    const tables = await runInDurableObject(roomOf(id), (_, { storage }) =>
      storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'peers'").toArray(),
    );
    expect(tables).toEqual([]);
  });
});
