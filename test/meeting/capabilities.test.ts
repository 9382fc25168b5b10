import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { RoomStore } from "../../durable/meeting-room/store.ts";
import { eventually } from "../support/http.ts";
import {
  as,
  call,
  enterRoom,
  join,
  newMeeting,
  newMeetingUser,
  openSignaling,
  type Participant,
  type Signaling,
} from "../support/meeting.ts";

const roomOf = (id: number) => env.MEETING_ROOM.get(env.MEETING_ROOM.idFromName(`meeting:${id}`));

const newRoom = async () => {
  const [host, guest] = [await newMeetingUser(), await newMeetingUser()];
  const { meeting_id: id } = await newMeeting(host);
  return { id, a: await enterRoom(host, id), b: await enterRoom(guest, id) };
};

const urlOf = (id: number, userId: number, peerId: string): string =>
  `ws://localhost/ws/signaling?meeting_id=${id}&user_id=${userId}&peer_id=${peerId}`;

/** Returns all strings in a message that may be peer ids. */
const idsIn = (value: unknown): string[] => JSON.stringify(value).match(/peer_[\w-]+/g) ?? [];

describe("the capability that opens a participant's socket", () => {
  it("is not sent to other participants, and public ids cannot open or disturb a socket", async () => {
    const { id, a, b } = await newRoom();
    b.send({ type: "chat", message: "hello" });
    await b.heard("chat");
    const told = new Set(b.messages.flatMap(idsIn));
    told.delete(b.peer_id);
    expect(told.has(a.publicId)).toBe(true);
    for (const peerId of told)
      for (const userId of [a.user_id, b.user_id])
        expect((await (await openSignaling(urlOf(id, userId, peerId))).closed).code).toBe(4_401);
    a.send({ type: "chat", message: "still here" });
    await b.heard("chat", ({ message }) => message === "still here");
    expect(await Promise.race([a.closed, Promise.resolve("open")])).toBe("open");
  });

  it("appears in no message to another participant, whatever happens in the room", async () => {
    const { id, a, b } = await newRoom();
    const c = await enterRoom(await newMeetingUser(), id);
    const sockets: (Signaling & { owner: string })[] = [a, b, c].map((one) => ({
      ...one,
      owner: one.peer_id,
    }));
    const capabilities = new Set(sockets.map(({ owner }) => owner));
    const passOn = (type: string, from: Participant, to: Participant) =>
      from.send({ type, from_peer_id: from.peer_id, to_peer_id: to.publicId, sdp: "v=0", candidate: null });
    for (const [from, to] of [
      [a, b],
      [b, c],
      [c, a],
    ] as const) {
      for (const type of ["offer", "answer", "ice-candidate"]) passOn(type, from, to);
      from.send({ type: "chat", message: "hello" });
      from.send({ type: "media-state", audio: false });
      from.send({ type: "raise-hand", raised: true });
      await to.heard("ice-candidate");
    }
    await a.heard("raise-hand", ({ user_id }) => user_id === c.user_id);
    // Messages for a disconnected peer are held and delivered when it returns.
    b.socket.close(1_000, "");
    await eventually(async () => (await roomOf(id).peers()).some(({ isConnected }) => !isConnected));
    passOn("offer", a, b);
    a.send({ type: "chat", message: "are you there?" });
    await a.heard("chat", ({ message }) => message === "are you there?");
    const back = await openSignaling(b.signaling_url);
    back.send({ type: "join", meeting_id: id, user_id: b.user_id, peer_id: b.peer_id });
    await back.heard("joined");
    const again = await enterRoom(c.user, id);
    const late = await enterRoom(await newMeetingUser(), id);
    sockets.push(
      { ...back, owner: b.peer_id },
      { ...again, owner: again.peer_id },
      { ...late, owner: late.peer_id },
    );
    for (const one of [again, late]) capabilities.add(one.peer_id);
    again.send({ type: "leave" });
    await call(`/meetings/${id}/kick`, as(a.user, "POST", { user_id: late.user_id }));
    await a.heard("user-left", ({ user_id }) => user_id === late.user_id);
    for (const { messages, owner } of sockets)
      for (const message of messages)
        expect(idsIn(message).filter((one) => capabilities.has(one) && one !== owner)).toEqual([]);
    // Participants receive their own capability only as the receiver's address of a relayed message.
    for (const { messages, owner } of sockets)
      for (const { to_peer_id: _, ...message } of messages) expect(idsIn(message)).not.toContain(owner);
  });
});

/** A client written from the document alone: it uses the `peer_id` of the join answer for itself. */
const newDocumentedClient = async (id: number) => {
  const { data } = await join(await newMeetingUser(), id);
  const { peer_id: peerId, user_id: userId } = data;
  const socket = await openSignaling(data.signaling_url);
  socket.send({ type: "join", meeting_id: id, user_id: userId, peer_id: peerId });
  await socket.heard("joined");
  return {
    ...socket,
    userId,
    to: (to: unknown, type: string, sdp: string) =>
      socket.send({ type, from_peer_id: peerId, to_peer_id: to, sdp }),
    mine: (type: string) => socket.heard(type, ({ to_peer_id }) => to_peer_id === peerId),
  };
};

describe("clients written from the document", () => {
  it("connect with the announced ids, and recognise messages to themselves by the id they were given", async () => {
    const { meeting_id: id } = await newMeeting(await newMeetingUser());
    const near = await newDocumentedClient(id);
    const far = await newDocumentedClient(id);
    const { peer_id: farId } = await near.heard("user-joined", ({ user_id }) => user_id === far.userId);
    near.to(farId, "offer", "v=0 offer");
    const offered = await far.mine("offer");
    expect(offered).toMatchObject({ sdp: "v=0 offer", user_id: near.userId });
    far.to(offered.from_peer_id, "answer", "v=0 answer");
    expect(await near.mine("answer")).toMatchObject({ sdp: "v=0 answer", from_peer_id: farId });
  });

  it("may also use the public id for themselves", async () => {
    const { id, a, b } = await newRoom();
    a.send({ type: "join", meeting_id: id, user_id: a.user_id, peer_id: a.publicId });
    await a.heard("joined", ({ peers }) => (peers as object[]).length === 1);
    a.send({ type: "offer", from_peer_id: a.publicId, to_peer_id: b.publicId, sdp: "v=0" });
    expect(await b.heard("offer")).toMatchObject({ from_peer_id: a.publicId, to_peer_id: b.peer_id });
    // As in the document's flow, clients may exchange the ids of the join answers instead.
    a.send({ type: "offer", from_peer_id: a.peer_id, to_peer_id: b.peer_id, sdp: "v=1" });
    const arrived = { from_peer_id: a.publicId, to_peer_id: b.peer_id };
    expect(await b.heard("offer", ({ sdp }) => sdp === "v=1")).toMatchObject(arrived);
  });
});

describe("a room from the version before peers had two ids", () => {
  it("keeps its participants", async () => {
    const { id } = await newRoom();
    await runInDurableObject(roomOf(id), (_, { storage }) => {
      storage.sql.exec("DROP INDEX peers_by_capability");
      storage.sql.exec("ALTER TABLE peers DROP COLUMN capability");
      storage.sql.exec("DELETE FROM migrations WHERE id >= 2");
      const before = storage.sql.exec("SELECT peer_id FROM peers ORDER BY rowid").toArray();
      const [first, ...rest] = new RoomStore(storage).peers();
      expect([first, ...rest].map((peer) => peer?.capability)).toEqual(before.map((row) => row.peer_id));
      expect(new RoomStore(storage).peerWith(String(before[0]?.peer_id))).toEqual(first);
    });
  });
});
