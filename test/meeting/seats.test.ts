import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { CONNECT_TIMEOUT_MS, Seats } from "../../src/products/meeting/domain/meetings/index.ts";
import { jsonBody } from "../support/http.ts";
import {
  as,
  bearer,
  call,
  enterRoom,
  join,
  type MeetingUser,
  newMeeting,
  newMeetingUser,
  openSignaling,
} from "../support/meeting.ts";
import { attendanceWith, db, presentUserIds, roomOf } from "../support/meeting-room.ts";

const joiner = ({ user_id, full_name }: MeetingUser) => ({
  userId: user_id,
  fullName: full_name,
  origin: "somewhere",
});
const sorted = (...users: MeetingUser[]) => users.map(({ user_id }) => user_id).sort((a, b) => a - b);

/** Creates a meeting with a number of seats, its host, and two more accounts. */
const newPlace = async (seats: number, change: object = {}) => {
  const [host, guest, other] = [await newMeetingUser(), await newMeetingUser(), await newMeetingUser()];
  const { meeting_id: id } = await newMeeting(host, { max_participants: seats, ...change });
  return { id, host, guest, other };
};

describe("concurrent joins and leaves of one account", () => {
  it("keep the later of two joins, in any order of arrival at the room, and free its seat when it leaves", async () => {
    const { id, host, guest, other } = await newPlace(2);
    await enterRoom(host, id);
    let later: Awaited<ReturnType<typeof join>> | undefined;
    const earlier = await attendanceWith({
      admit: async (...admission) => {
        later = await join(guest, id);
        return roomOf(id).admit(...admission);
      },
    }).join(joiner(guest), id, undefined);
    expect(earlier).toMatchObject({ ok: false, error: { code: "state_conflict" } });
    expect(later?.status).toBe(200);
    const { peer_id, signaling_url } = later?.data ?? { peer_id: "", signaling_url: "" };
    const there = await openSignaling(signaling_url);
    there.send({ type: "join", meeting_id: id, user_id: guest.user_id, peer_id });
    await there.heard("joined");
    expect(await presentUserIds(id)).toEqual(sorted(host, guest));
    there.send({ type: "leave" });
    await there.closed;
    expect(await presentUserIds(id)).toEqual([host.user_id]);
    expect((await join(other, id)).status).toBe(200);
  });

  it("do not let a late leave end a newer session of presence", async () => {
    const { id, host, guest } = await newPlace(2);
    await enterRoom(host, id);
    await enterRoom(guest, id);
    let again: Awaited<ReturnType<typeof enterRoom>> | undefined;
    const left = await attendanceWith({
      dismiss: async (...departure) => {
        again = await enterRoom(guest, id);
        return roomOf(id).dismiss(...departure);
      },
    }).leave(guest.user_id, id);
    expect(left.ok).toBe(true);
    again?.send({ type: "chat", message: "here" });
    await again?.heard("chat");
    expect(await presentUserIds(id)).toEqual(sorted(host, guest));
  });

  it("refuse a join that a leave overtakes, so that no peer is in the room without a seat", async () => {
    const { id, host, guest } = await newPlace(2);
    await enterRoom(host, id);
    const joined = await attendanceWith({
      admit: async (...admission) => {
        await call(`/meetings/${id}/leave`, as(guest, "POST"));
        return roomOf(id).admit(...admission);
      },
    }).join(joiner(guest), id, undefined);
    expect(joined).toMatchObject({ ok: false, error: { code: "state_conflict" } });
    expect(await presentUserIds(id)).toEqual([host.user_id]);
    expect((await roomOf(id).peers()).map(({ userId }) => userId)).toEqual([host.user_id]);
  });
});

describe("a seat after its join broke off before the room admitted it", () => {
  it("is given to another account after the time limit for an arrival", async () => {
    const { id, host, guest, other } = await newPlace(2);
    await enterRoom(host, id);
    const seats = new Seats(db);
    const lost = await seats.take(joiner(guest), id, "lost", Date.now());
    expect(lost.ok).toBe(true);
    // The account may still arrive.
    expect((await join(other, id)).body.code).toBe(2_003);
    expect(await presentUserIds(id)).toEqual(sorted(host, guest));
    await env.DB.prepare("UPDATE meeting_participants SET seated_at = seated_at - ?2 WHERE meeting_id = ?1")
      .bind(id, CONNECT_TIMEOUT_MS + 60_000)
      .run();
    expect((await join(other, id)).status).toBe(200);
    expect(await presentUserIds(id)).toEqual(sorted(host, other));
    // A participant in the room keeps the seat, even when it was taken long ago.
    await env.DB.prepare("UPDATE meeting_participants SET seated_at = 0 WHERE meeting_id = ?").bind(id).run();
    expect((await join(guest, id)).body.code).toBe(2_003);
    expect(await presentUserIds(id)).toEqual(sorted(host, other));
  });
});

describe("the host", () => {
  it("gets a seat in a full meeting, while other accounts do not", async () => {
    const { id, host, guest, other } = await newPlace(2);
    for (const one of [guest, other]) expect((await join(one, id)).status).toBe(200);
    expect((await join(await newMeetingUser(), id)).body.code).toBe(2_003);
    expect((await join(host, id)).status).toBe(200);
    expect((await join(await newMeetingUser(), id)).body.code).toBe(2_003);
    expect(await presentUserIds(id)).toEqual(sorted(host, guest, other));
  });
});

describe("joining", () => {
  it("a cancelled meeting answers that it has ended, not that it is full", async () => {
    const { id, host, guest } = await newPlace(2);
    await call(`/meetings/${id}`, as(host, "DELETE"));
    const seat = await new Seats(db).take(joiner(guest), id, "late", Date.now());
    expect(seat).toMatchObject({ ok: false, error: { code: "meeting_ended" } });
  });

  it("returns the meeting's type, video or audio", async () => {
    const { id, host } = await newPlace(2, { meeting_type: "audio" });
    expect((await join(host, id)).data).toMatchObject({ meeting_type: "audio" });
  });
});

describe("guessing a meeting's password", () => {
  it("is rate limited per meeting over all IP addresses, but former participants can still join", async () => {
    const { id, host, guest, other } = await newPlace(50, { allow_guests: true, password: "123456" });
    const password = "123456";
    expect((await join(guest, id, { password })).status).toBe(200);
    // Each request has another IP address.
    const guess = (body: object) => call(`/meetings/${id}/join`, jsonBody({ full_name: "Guest", ...body }));
    for (let i = 0; i < 20; i++) {
      expect((await guess({ password: `wrong ${i}` })).body.code).toBe(2_004);
      // A request without a password does not count as a guess.
      expect((await guess({})).body.code).toBe(2_004);
    }
    const refused = await guess({ password: "wrong" });
    expect([refused.status, Number(refused.headers.get("retry-after")) > 0]).toEqual([429, true]);
    expect((await guess({ password })).status).toBe(429);
    expect((await join(other, id, { password })).status).toBe(429);
    expect((await join(guest, id, { password })).status).toBe(200);
    expect((await join(host, id)).status).toBe(200);
    const elsewhere = await newMeeting(host, { allow_guests: true, password });
    expect(
      (await call(`/meetings/${elsewhere.meeting_id}/join`, jsonBody({ full_name: "x", password }))).status,
    ).toBe(200);
  });
});

describe("a removed account", () => {
  it("cannot return as a guest, while other accounts of its network can join", async () => {
    const { id, host, guest: rude, other } = await newPlace(10, { allow_guests: true });
    await enterRoom(host, id);
    const joinFrom = (address: string, headers: Record<string, string>, body: object) =>
      call(`/meetings/${id}/join`, {
        method: "POST",
        headers: { "content-type": "application/json", "cf-connecting-ip": address, ...headers },
        body: JSON.stringify(body),
      });
    const office = "203.0.113.77";
    expect((await joinFrom(office, bearer(rude), {})).status).toBe(200);
    await call(`/meetings/${id}/kick`, as(host, "POST", { user_id: rude.user_id }));
    expect((await joinFrom(office, bearer(rude), {})).status).toBe(403);
    expect((await joinFrom(office, {}, { full_name: "Nobody you know" })).status).toBe(403);
    expect((await joinFrom(office, bearer(other), {})).status).toBe(200);
    expect((await joinFrom("203.0.113.78", {}, { full_name: "Somebody else" })).status).toBe(200);
  });
});

describe("a guest", () => {
  it("is marked as a guest, also with the same name as an account", async () => {
    const { id, host } = await newPlace(10, { allow_guests: true });
    const there = await enterRoom(host, id);
    const { data } = await call<{ user_id: number; peer_id: string; signaling_url: string }>(
      `/meetings/${id}/join`,
      {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ full_name: host.full_name }),
      },
    );
    const guest = await openSignaling(data.signaling_url);
    guest.send({ type: "join", meeting_id: id, user_id: data.user_id, peer_id: data.peer_id });
    const carried = { full_name: host.full_name, is_host: false, is_guest: true };
    expect(await there.heard("user-joined")).toMatchObject(carried);
    expect((await guest.heard("joined")).peers).toMatchObject([{ is_host: true, is_guest: false }]);
    guest.send({ type: "chat", message: "I am the host" });
    expect(await there.heard("chat")).toMatchObject(carried);
    const late = await enterRoom(await newMeetingUser(), id);
    expect(late.welcome.chat).toMatchObject([{ is_guest: true }]);
    const { data: listed } = await call(`/meetings/${id}/participants`, as(host));
    expect(listed.participants).toMatchObject([{ is_guest: false }, carried, { is_guest: false }]);
  });
});
