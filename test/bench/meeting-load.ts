/**
 * Load generator for rooms, in a separate process. Peers form pairs, and each message is addressed to the other peer.
 */
import { negotiation } from "./meeting-signals.ts";
import { type Socket, WebSocket } from "./ws.ts";

/** A participant that has been admitted to a room. */
export interface Seat {
  readonly url: string;
  /** Client address of the socket. Addresses differ because each has a rate limit. */
  readonly address: string;
  readonly meetingId: number;
  readonly userId: number;
  /** The secret peer id from the join response, which authorizes the socket. */
  readonly capability: string;
}

/**
 * `open`: opens and joins a socket for each seat and closes the room's earlier sockets. `burst`: each peer sends
 * `count` messages with at most `window` of its own in flight. `pace`: each peer sends `count` messages at
 * `perSecond` a second. `close`: closes all sockets of the room.
 */
export type Order = { readonly room: string } & (
  | { readonly do: "open"; readonly seats: readonly Seat[] }
  | { readonly do: "burst"; readonly count: number; readonly window: number }
  | { readonly do: "pace"; readonly count: number; readonly perSecond: number }
  | { readonly do: "close" }
);

export interface Outcome {
  readonly seconds: number;
  /** For each delivered message, the time from sending to receipt by the other peer. */
  readonly latenciesMs: readonly number[];
  /** Number of messages that the room refused. Must be 0. */
  readonly refused: number;
}

interface Member {
  readonly socket: Socket;
  /** Messages that the peer sends, in a loop. */
  readonly texts: readonly string[];
  /** Send times of the messages in flight to this peer. Messages arrive in the order in which they were sent. */
  readonly underWay: number[];
  sent: number;
  onMessage: (data: Buffer) => void;
}

/**
 * Opens a socket and joins. Returns the public peer id that other peers use; a server without public peer ids uses
 * the id from the join message.
 */
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
    const member: Member = { socket, texts, underWay: [], sent: 0, onMessage: () => {} };
    socket.removeAllListeners();
    socket.on("error", () => {});
    socket.on("message", (data) => member.onMessage(data));
    return member;
  });
};

const rooms = new Map<string, readonly Member[]>();

/**
 * Waits until `count` messages of each member have arrived or were refused. `start` receives a function that sends
 * the next message of member `i`. `onDelivered` receives the index of the sender of each message that arrived or was
 * refused.
 */
const measured = (
  members: readonly Member[],
  count: number,
  start: (send: (i: number) => void) => void,
  onDelivered: (i: number) => void,
): Promise<Outcome> =>
  new Promise((resolve) => {
    const latenciesMs: number[] = [];
    let refused = 0;
    const startedAt = performance.now();
    const onMessage = (i: number, member: Member, data: Buffer): void => {
      // An error is sent to the sender instead of the message to the other peer.
      const isError = data.subarray(0, 16).includes('"error"');
      if (isError) {
        refused++;
        members[i ^ 1]?.underWay.pop();
      } else latenciesMs.push(performance.now() - (member.underWay.shift() ?? 0));
      if (latenciesMs.length + refused < count * members.length) onDelivered(isError ? i : i ^ 1);
      else
        resolve({
          seconds: (performance.now() - startedAt) / 1_000,
          latenciesMs,
          refused,
        });
    };
    for (const [i, member] of members.entries()) member.onMessage = (data) => onMessage(i, member, data);
    start((i) => {
      const [from, to] = [members[i], members[i ^ 1]];
      if (!from || !to) return;
      to.underWay.push(performance.now());
      from.socket.send(from.texts[from.sent++ % from.texts.length] ?? "");
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

const execute = async (order: Order): Promise<Outcome | undefined> => {
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
    process.send?.({ outcome: await execute(order) });
  } catch (error) {
    process.send?.({ error: String(error) });
  }
});
process.on("disconnect", () => process.exit());
