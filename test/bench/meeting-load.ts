/** A process of its own for the load on rooms: pairs of peers that negotiate, each message addressed to the other one. */
import { negotiation } from "./meeting-signals.ts";
import { type Socket, WebSocket } from "./ws.ts";

/** Somebody with a seat in a room. */
export interface Seat {
  readonly url: string;
  /** Where its socket comes from: addresses have limits. */
  readonly address: string;
  readonly meetingId: number;
  readonly userId: number;
  /** What joining gave: it opens the socket. */
  readonly capability: string;
}

/**
 * `open`: new sockets for all seats, joined; those before them go. `burst`: each peer sends `count` messages, at most
 * `window` of its own under way. `pace`: each sends `count` messages, `perSecond` of them a second. `close`: they go.
 */
export type Order = { readonly room: string } & (
  | { readonly do: "open"; readonly seats: readonly Seat[] }
  | { readonly do: "burst"; readonly count: number; readonly window: number }
  | { readonly do: "pace"; readonly count: number; readonly perSecond: number }
  | { readonly do: "close" }
);

export interface Outcome {
  readonly seconds: number;
  /** Of each message that came, from its going out to its coming in at the other peer. */
  readonly latenciesMs: readonly number[];
  /** What was refused: there should be nothing. */
  readonly refused: number;
}

interface Member {
  readonly socket: Socket;
  /** What it says, over and over. */
  readonly texts: readonly string[];
  /** When the messages that are under way to it were sent: they come in order. */
  readonly underWay: number[];
  said: number;
  hear: (data: Buffer) => void;
}

/** An open socket that has joined, and what others call its peer; who speaks no such names has the one it joined with. */
const openSocket = ({ url, address, meetingId, userId, capability }: Seat) =>
  new Promise<{ socket: Socket; peerId: string }>((resolve, reject) => {
    const socket = new WebSocket(url, { headers: { "cf-connecting-ip": address }, perMessageDeflate: false });
    const join = { type: "join", meeting_id: meetingId, user_id: userId, peer_id: capability };
    socket.on("open", () => socket.send(JSON.stringify(join)));
    socket.on("error", reject);
    socket.on("close", () => reject(new Error(`${url}: closed`)));
    socket.on("message", (data) => {
      if (!data.includes('"joined"')) return;
      const { peer_id: peerId = capability } = JSON.parse(data.toString()) as { peer_id?: string };
      resolve({ socket, peerId });
    });
  });

const open = async (seats: readonly Seat[]): Promise<Member[]> => {
  const peers: Awaited<ReturnType<typeof openSocket>>[] = [];
  for (const seat of seats) peers.push(await openSocket(seat));
  return peers.map(({ socket, peerId }, i) => {
    const other = peers[i ^ 1];
    if (!other) throw new Error("peers come in pairs");
    const texts = negotiation(peerId, other.peerId, i % 2 === 0 ? "offer" : "answer");
    const member: Member = { socket, texts, underWay: [], said: 0, hear: () => {} };
    socket.removeAllListeners();
    socket.on("error", () => {});
    socket.on("message", (data) => member.hear(data));
    return member;
  });
};

const rooms = new Map<string, readonly Member[]>();

/** Until `count` messages of each have come in. `start` is given what sends one of a peer, `onHeard` whose message it was. */
const measured = (
  members: readonly Member[],
  count: number,
  start: (send: (i: number) => void) => void,
  onHeard: (i: number) => void,
): Promise<Outcome> =>
  new Promise((resolve) => {
    const latenciesMs: number[] = [];
    let refused = 0;
    const startedAt = performance.now();
    const hear = (i: number, member: Member, data: Buffer): void => {
      // An error goes back to the sender: the other one hears one message less.
      const isError = data.subarray(0, 16).includes('"error"');
      if (isError) {
        refused++;
        members[i ^ 1]?.underWay.pop();
      } else latenciesMs.push(performance.now() - (member.underWay.shift() ?? 0));
      if (latenciesMs.length + refused < count * members.length) onHeard(isError ? i : i ^ 1);
      else
        resolve({
          seconds: (performance.now() - startedAt) / 1_000,
          latenciesMs,
          refused,
        });
    };
    for (const [i, member] of members.entries()) member.hear = (data) => hear(i, member, data);
    start((i) => {
      const [from, to] = [members[i], members[i ^ 1]];
      if (!from || !to) return;
      to.underWay.push(performance.now());
      from.socket.send(from.texts[from.said++ % from.texts.length] ?? "");
    });
  });

const burst = (members: readonly Member[], count: number, window: number): Promise<Outcome> => {
  const left = members.map(() => count);
  let send = (_: number): void => {};
  const sendMore = (i: number): void => {
    const rest = left[i] ?? 0;
    left[i] = rest - 1;
    if (rest > 0) send(i);
  };
  const start = (sendOne: typeof send): void => {
    send = sendOne;
    for (let n = 0; n < window; n++) for (const i of members.keys()) sendMore(i);
  };
  return measured(members, count, start, sendMore);
};

const pace = (members: readonly Member[], count: number, perSecond: number): Promise<Outcome> => {
  const start = (send: (i: number) => void): void => {
    const from = performance.now();
    let sent = 0;
    const beat = setInterval(() => {
      const due = ((performance.now() - from) / 1_000) * perSecond * members.length;
      while (sent < Math.min(due, count * members.length)) send(sent++ % members.length);
      if (sent >= count * members.length) clearInterval(beat);
    }, 1);
  };
  return measured(members, count, start, () => {});
};

const obey = async (order: Order): Promise<Outcome | undefined> => {
  const members = rooms.get(order.room) ?? [];
  switch (order.do) {
    case "burst":
      return burst(members, order.count, order.window);
    case "pace":
      return pace(members, order.count, order.perSecond);
    case "open":
      rooms.set(order.room, await open(order.seats));
      break;
    case "close":
      rooms.delete(order.room);
  }
  for (const { socket } of members) socket.close();
  return undefined;
};

process.on("message", async (order: Order) => {
  try {
    process.send?.({ outcome: await obey(order) });
  } catch (error) {
    process.send?.({ error: String(error) });
  }
});
process.on("disconnect", () => process.exit());
