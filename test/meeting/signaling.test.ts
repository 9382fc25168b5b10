import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { MessageRateLimiter } from "../../durable/meeting-room/message-rate-limiter.ts";
import { RoomStore } from "../../durable/meeting-room/store.ts";
import { eventually, request } from "../support/http.ts";
import {
  as,
  call,
  enterRoom,
  join,
  type MeetingUser,
  newMeeting,
  newMeetingUser,
  openSignaling,
  type Participant,
} from "../support/meeting.ts";

const roomOf = (id: number) => env.MEETING_ROOM.get(env.MEETING_ROOM.idFromName(`meeting:${id}`));

const newRoom = async (people: number): Promise<{ id: number; host: MeetingUser; there: Participant[] }> => {
  const host = await newMeetingUser();
  const { meeting_id } = await newMeeting(host);
  const there: Participant[] = [await enterRoom(host, meeting_id)];
  for (let i = 1; i < people; i++) there.push(await enterRoom(await newMeetingUser(), meeting_id));
  return { id: meeting_id, host, there };
};

const two = async () => {
  const { id, there } = await newRoom(2);
  const [a, b] = there;
  if (!a || !b) throw new Error("nobody");
  return { id, a, b };
};

const offer = (from: Participant, to: Participant, sdp: unknown = "v=0") => ({
  type: "offer",
  from_peer_id: from.peer_id,
  to_peer_id: to.publicId,
  sdp,
});

/** The ids in a relayed message: the sender's public id, and the receiver's id from its own join answer. */
const arrived = (from: Participant, to: Participant) => ({
  from_peer_id: from.publicId,
  to_peer_id: to.peer_id,
  user_id: from.user_id,
});

/** Ends the grace period of all disconnected peers. */
const letGraceEnd = async (id: number): Promise<void> => {
  await runInDurableObject(roomOf(id), (_, { storage }) => {
    storage.sql.exec("UPDATE peers SET due_at = 1 WHERE due_at IS NOT NULL");
  });
  await runDurableObjectAlarm(roomOf(id));
};

describe("a room", () => {
  it("sends the list of participants to a new one, and announces it to the others", async () => {
    const { a, b } = await two();
    expect(a.welcome).toMatchObject({ peers: [], chat: [] });
    expect(b.welcome.peers).toMatchObject([
      { user_id: a.user_id, peer_id: a.publicId, full_name: a.user.full_name, is_host: true },
    ]);
    expect(await a.heard("user-joined")).toMatchObject({
      user_id: b.user_id,
      peer_id: b.publicId,
      full_name: b.user.full_name,
    });
    expect(b.messages.map(({ type }) => type)).toEqual(["joined"]);
  });

  it("relays offers, answers and candidates to their addressee, unchanged and in order", async () => {
    const { there } = await newRoom(3);
    const [a, b, c] = there;
    if (!a || !b || !c) throw new Error("nobody");
    const sdp = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\n";
    a.send(offer(a, b, sdp));
    a.send({ ...offer(a, b, { type: "answer", sdp }), type: "answer" });
    for (let i = 0; i < 50; i++)
      a.send({
        type: "ice-candidate",
        from_peer_id: a.peer_id,
        to_peer_id: b.publicId,
        candidate: { candidate: `candidate:${i}`, sdpMid: "0", sdpMLineIndex: 0 },
      });
    await b.heard(
      "ice-candidate",
      ({ candidate }) => (candidate as { candidate: string }).candidate === "candidate:49",
    );
    expect(await b.heard("offer")).toEqual({ type: "offer", sdp, ...arrived(a, b) });
    expect(await b.heard("answer")).toMatchObject({ ...arrived(a, b), sdp: { type: "answer", sdp } });
    const order = b.messages
      .filter(({ type }) => type === "ice-candidate")
      .map(({ candidate }) => (candidate as { candidate: string }).candidate);
    expect(order).toEqual(Array.from({ length: 50 }, (_, i) => `candidate:${i}`));
    expect(c.messages.map(({ type }) => type)).toEqual(["joined"]);
  });

  it("accepts the secret or public id of a peer as its address, and never reveals a secret to another peer", async () => {
    const { id, there } = await newRoom(3);
    const [a, b, c] = there;
    if (!a || !b || !c) throw new Error("nobody");
    let sent = 0;
    const types = ["offer", "answer", "ice-candidate"];
    for (const type of types)
      for (const from_peer_id of [a.peer_id, a.publicId])
        for (const to_peer_id of [b.peer_id, b.publicId])
          a.send({ type, from_peer_id, to_peer_id, sdp: `v=${++sent}`, candidate: `c${sent}` });
    const last = await b.heard("ice-candidate", ({ candidate }) => candidate === `c${sent}`);
    expect(last).toMatchObject(arrived(a, b));
    const passed = b.messages.filter(({ type }) => types.includes(type));
    expect(passed).toHaveLength(sent);
    for (const message of passed) expect(message).toMatchObject(arrived(a, b));
    // Messages for a disconnected peer are held, with either id as the address.
    b.socket.close(1_000, "");
    await eventually(async () => (await roomOf(id).peers()).some(({ isConnected }) => !isConnected));
    a.send({ ...offer(a, b, "held"), to_peer_id: b.peer_id });
    a.send({ type: "ping" });
    await a.heard("pong");
    const back = await openSignaling(b.signaling_url);
    expect(await back.heard("offer", ({ sdp }) => sdp === "held")).toMatchObject(arrived(a, b));
    expect(JSON.stringify([a.messages, c.messages])).not.toContain(b.peer_id);
    expect(JSON.stringify([b.messages, back.messages, c.messages])).not.toContain(a.peer_id);
  });

  it("refuses messages in another peer's name, and messages to a peer that has left", async () => {
    const { id, a, b } = await two();
    a.send({ ...offer(a, b), from_peer_id: b.peer_id });
    expect(await a.heard("error")).toMatchObject({ code: 403, error: "from_peer_id is not yours" });
    const again = await enterRoom(b.user, id);
    a.send({ ...offer(a, b), to_peer_id: b.peer_id });
    expect(await a.heard("error", ({ code }) => code === 404)).toBeDefined();
    a.send({ ...offer(a, again), to_peer_id: again.peer_id });
    expect(await again.heard("offer")).toMatchObject(arrived(a, again));
    expect(again.messages.filter(({ type }) => type === "offer")).toHaveLength(1);
  });

  it("relays chat, media state and raised hands to all, and sends the missed ones to latecomers", async () => {
    const { id, a, b } = await two();
    a.send({ type: "chat", meeting_id: id, user_id: a.user_id, message: "Hello everyone!" });
    expect(await b.heard("chat")).toMatchObject({
      user_id: a.user_id,
      full_name: a.user.full_name,
      message: "Hello everyone!",
      timestamp: expect.stringMatching(/Z$/),
    });
    await a.heard("chat");
    a.send({ type: "media-state", audio: false, screen: true });
    expect(await b.heard("media-state")).toMatchObject({ audio: false, video: true, screen: true });
    b.send({ type: "raise-hand", raised: true });
    expect(await a.heard("raise-hand")).toMatchObject({ peer_id: b.publicId, raised: true });
    const late = await enterRoom(await newMeetingUser(), id);
    expect(late.welcome.chat).toMatchObject([{ message: "Hello everyone!" }]);
    expect(late.welcome.peers).toMatchObject([
      { peer_id: a.publicId, audio: false, screen: true, hand_raised: false },
      { peer_id: b.publicId, audio: true, screen: false, hand_raised: true },
    ]);
  });

  it("keeps the last hundred chat messages", async () => {
    const { id, a } = await two();
    for (let i = 0; i < 120; i++) a.send({ type: "chat", message: `line ${i}` });
    await a.heard("chat", ({ message }) => message === "line 119");
    const late = await enterRoom(await newMeetingUser(), id);
    const lines = (late.welcome.chat as { message: string }[]).map(({ message }) => message);
    expect([lines.length, lines[0], lines.at(-1)]).toEqual([100, "line 20", "line 119"]);
  });

  it("answers ping with pong", async () => {
    const { a } = await two();
    a.send({ type: "ping" });
    await a.heard("pong");
  });
});

describe("a socket", () => {
  it("opens only with the three ids of the join answer", async () => {
    const [user, other] = [await newMeetingUser(), await newMeetingUser()];
    const { meeting_id } = await newMeeting(user);
    const elsewhere = await newMeeting(user);
    const { data } = await join(user, meeting_id);
    const url = (meeting: number, userId: number, peer: string) =>
      `ws://localhost/ws/signaling?meeting_id=${meeting}&user_id=${userId}&peer_id=${peer}`;
    for (const wrong of [
      url(meeting_id, user.user_id, "peer_guess"),
      url(meeting_id, other.user_id, data.peer_id),
      url(elsewhere.meeting_id, user.user_id, data.peer_id),
    ]) {
      const socket = await openSignaling(wrong);
      expect(await socket.heard("error")).toMatchObject({ code: 401 });
      expect(await socket.closed).toMatchObject({ code: 4_401 });
    }
    expect((await request("/ws/signaling?meeting_id=1&user_id=1&peer_id=x")).status).toBe(426);
    const headers = { upgrade: "websocket" };
    expect((await request("/ws/signaling?meeting_id=x", { headers })).status).toBe(400);
  });

  it("may send only in its own name", async () => {
    const { id, a, b } = await two();
    a.send({ ...offer(a, b), from_peer_id: b.publicId });
    expect(await a.heard("error")).toMatchObject({ code: 403, error: "from_peer_id is not yours" });
    a.send({ type: "chat", meeting_id: id, user_id: b.user_id, message: "I am you" });
    expect(await a.heard("error", ({ error }) => error === "user_id is not yours")).toBeDefined();
    a.send({ type: "join", meeting_id: id, user_id: b.user_id, peer_id: b.publicId });
    expect(
      await a.heard("error", ({ error }) => String(error).includes("not those of this socket")),
    ).toBeDefined();
    expect(b.messages.map(({ type }) => type)).toEqual(["joined"]);
  });

  it("receives a specific error for an invalid message", async () => {
    const { a, b } = await two();
    const said = async (message: object | string, words: string) => {
      a.send(message);
      await a.heard("error", ({ error }) => String(error).includes(words));
    };
    await said("not json", "not JSON");
    await said({ type: "dance" }, "type");
    await said({ type: "offer", from_peer_id: a.peer_id }, "to_peer_id");
    await said({ ...offer(a, b), sdp: 5 }, "sdp");
    await said({ type: "chat", message: " " }, "message");
    await said({ type: "chat", message: "x".repeat(4_001) }, "message");
    await said({ ...offer(a, b), to_peer_id: "peer_nobody" }, "peer_nobody is not here");
    await said(JSON.stringify({ type: "chat", message: "字".repeat(22_000) }), "at most 65536 bytes");
    // The socket remains usable.
    a.send({ type: "chat", message: "still here" });
    await b.heard("chat", ({ message }) => message === "still here");
  });

  it("must join before it sends", async () => {
    const host = await newMeetingUser();
    const { meeting_id } = await newMeeting(host);
    const { data } = await join(host, meeting_id);
    const socket = await openSignaling(data.signaling_url);
    socket.send({ type: "chat", message: "hello" });
    expect(await socket.heard("error")).toMatchObject({ error: "send join first" });
  });

  it("is limited when it floods the room, and others are not", async () => {
    const gate = new MessageRateLimiter();
    const [one, two_] = [{}, {}] as WebSocket[];
    if (!one || !two_) throw new Error("nobody");
    const passed = Array.from({ length: 1_000 }, () => gate.tryConsume(one, 0)).filter(Boolean).length;
    expect(passed).toBe(400);
    expect(gate.tryConsume(two_, 0)).toBe(true);
    expect(gate.tryConsume(one, 1_000)).toBe(true);
  });

  it("replaces an earlier socket with the same ids without a user-left event", async () => {
    const { id, a, b } = await two();
    const again = await openSignaling(b.signaling_url);
    expect(await b.closed).toMatchObject({ code: 4_409 });
    again.send({ type: "join", meeting_id: id, user_id: b.user_id, peer_id: b.peer_id });
    await again.heard("joined");
    a.send(offer(a, b));
    await again.heard("offer");
    expect(a.messages.map(({ type }) => type)).toEqual(["joined", "user-joined"]);
  });
});

describe("a participant with a broken connection", () => {
  it("stays present when it reconnects in time, and receives the missed messages", async () => {
    const { id, a, b } = await two();
    b.socket.close(1_000, "");
    await eventually(async () => (await roomOf(id).peers()).some(({ isConnected }) => !isConnected));
    a.send(offer(a, b, "first"));
    a.send({ type: "chat", message: "are you there?" });
    await a.heard("chat");
    const back = await openSignaling(b.signaling_url);
    expect(await back.heard("offer")).toMatchObject({ sdp: "first" });
    expect(await back.heard("chat")).toMatchObject({ message: "are you there?" });
    await letGraceEnd(id);
    expect(a.messages.some(({ type }) => type === "user-left")).toBe(false);
  });

  it("leaves after the grace period, and its seat is free", async () => {
    const { id, a, b } = await two();
    b.socket.close(1_000, "");
    await eventually(async () => (await roomOf(id).peers()).some(({ isConnected }) => !isConnected));
    expect(a.messages.some(({ type }) => type === "user-left")).toBe(false);
    await letGraceEnd(id);
    expect(await a.heard("user-left")).toMatchObject({ user_id: b.user_id, reason: "disconnected" });
    const { data } = await call(`/meetings/${id}/participants`, as(a.user));
    expect(data.participants).toMatchObject([
      { is_present: true },
      { user_id: b.user_id, is_present: false },
    ]);
    expect((await (await openSignaling(b.signaling_url)).closed).code).toBe(4_401);
  });

  it("is removed when its socket stays silent", async () => {
    const { id, a, b } = await two();
    b.send("ping");
    await eventually(async () => {
      const heard = await runInDurableObject(roomOf(id), (_, state) =>
        state.getWebSockets(b.publicId).map((socket) => state.getWebSocketAutoResponseTimestamp(socket)),
      );
      return heard[0];
    });
    // Runs the alarm with the room's clock set forward by 21 s.
    await runInDurableObject(roomOf(id), async (room, state) => {
      const now = Date.now;
      Date.now = () => now() + 21_000;
      try {
        await room.alarm();
      } finally {
        Date.now = now;
      }
      return state.getWebSockets().length;
    });
    expect(await b.closed).toMatchObject({ code: 4_408 });
    expect(await a.heard("user-left")).toMatchObject({ reason: "disconnected" });
  });
});

describe("a participant that leaves", () => {
  it("over HTTP or the socket is announced to the others, and its socket closes", async () => {
    const { id, there } = await newRoom(3);
    const [a, b, c] = there;
    if (!a || !b || !c) throw new Error("nobody");
    await call(`/meetings/${id}/leave`, as(b.user, "POST"));
    expect(await a.heard("user-left")).toMatchObject({ user_id: b.user_id, reason: "left" });
    expect(await b.closed).toMatchObject({ code: 1_000 });
    c.send({ type: "leave" });
    await a.heard("user-left", ({ user_id }) => user_id === c.user_id);
    const { data } = await call<{ participants: { is_present: boolean }[] }>(
      `/meetings/${id}/participants`,
      as(a.user),
    );
    expect(data.participants.map(({ is_present }) => is_present)).toEqual([true, false, false]);
  });

  it("and joins again is the same participant with a new peer id, and its old socket closes", async () => {
    const { id, a, b } = await two();
    const again = await enterRoom(b.user, id);
    expect(again.participant_id).toBe(b.participant_id);
    expect(await b.closed).toMatchObject({ code: 4_409 });
    expect(await a.heard("user-left")).toMatchObject({ peer_id: b.publicId, reason: "rejoined" });
    expect(await a.heard("user-joined", ({ peer_id }) => peer_id === again.publicId)).toBeDefined();
  });

  it("because the host ended the meeting is notified, and its socket closes", async () => {
    const { id, host, there } = await newRoom(3);
    await call(`/meetings/${id}/end`, as(host, "POST"));
    for (const one of there) {
      await one.heard("meeting-ended");
      expect(await one.closed).toMatchObject({ code: 4_410 });
    }
    expect(await roomOf(id).peers()).toEqual([]);
  });
});

describe("an eviction", () => {
  it("keeps all participants and messages", async () => {
    const { id, a, b } = await two();
    a.send({ type: "chat", message: "before" });
    await b.heard("chat");
    await evictDurableObject(roomOf(id));
    a.send(offer(a, b));
    await b.heard("offer");
    const late = await enterRoom(await newMeetingUser(), id);
    expect(late.welcome.chat).toMatchObject([{ message: "before" }]);
    expect(late.welcome.peers).toHaveLength(2);
  });

  it("keeps at most two hundred held messages for a disconnected peer", async () => {
    const { id } = await two();
    await runInDurableObject(roomOf(id), (_, { storage }) => {
      const store = new RoomStore(storage);
      const held = Array.from({ length: 210 }, (_, i) => store.hold("peer_x", String(i)));
      expect(held.filter(Boolean)).toHaveLength(200);
      expect(store.drainHeld("peer_x")).toHaveLength(200);
      expect(store.drainHeld("peer_x")).toEqual([]);
    });
  });
});
