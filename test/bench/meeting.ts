/** Benchmark of a meeting's room: message rate, memory of a thousand idle rooms, and billed requests. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { PING_TIMEOUT_MS } from "../../src/products/meeting/domain/meetings/protocol.ts";
import type { Seat } from "./meeting-load.ts";
import { admit, end, Load, seatAt, seatsAt, signalingOf } from "./meeting-rooms.ts";
import { NEGOTIATION } from "./meeting-signals.ts";
import type { BenchPlatform } from "./platform.ts";

/** Number of rounds by number of peers. Few peers need more rounds, because each round then has fewer messages. */
const ROUNDS = new Map([
  [2, 40],
  [10, 12],
  [50, 12],
]);
/**
 * A socket may send 400 messages at once and then 60 per second. Each round opens new sockets and stays below both.
 */
const BURST = 390;
const PER_SECOND = 50;
const PACED_ROUNDS = 6;
/** Messages in flight in the whole room, so that it is never idle. */
const UNDER_WAY = 100;

const IDLE_ROOMS = 1_000;
const IDLE_PEERS = 4;
const WOKEN = 50;
/**
 * Time until a room hibernates: its alarm checks the participants once more after `PING_TIMEOUT_MS`, and workerd
 * hibernates an object ten seconds after its last event.
 */
const HIBERNATED_MS = PING_TIMEOUT_MS + 15_000;
/** Cloudflare bills 20 incoming WebSocket messages as one request. */
const MESSAGES_A_REQUEST = 20;
const BILLED_PEERS = 10;
const OBJECTS_A_SOCKET = 2;

interface Figure {
  readonly what: string;
  readonly figure: string;
  readonly goal: string;
}

const quantile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? 0;
const median = (values: readonly number[]): number => quantile(values, 0.5);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Samples of the room, of the Node relay, and of a durable object that only forwards messages. */
interface Samples {
  readonly room: number[];
  readonly node: number[];
  readonly bare: number[];
}
const newSamples = (): Samples => ({ room: [], node: [], bare: [] });

/** Measures the three targets in turns, so that other load of the machine slows all three down alike. */
const benchRelay = async (
  platform: BenchPlatform,
  load: Load,
  relay: string,
  peers: number,
): Promise<Figure[]> => {
  const meetingId = 900_000 + peers;
  await admit(platform, meetingId, peers);
  const bases = {
    room: signalingOf(platform),
    node: relay,
    bare: `${platform.bareRoomOrigin.replace("http", "ws")}/`,
  };
  const names = Object.keys(bases) as (keyof typeof bases)[];
  const [rates, full, calm] = [newSamples(), newSamples(), newSamples()];
  const rounds = ROUNDS.get(peers) ?? 5;
  // The order rotates, so that no target always runs after the same other one.
  const inTurn = (round: number) => names.map((_, i) => names[(i + round) % names.length] ?? "room");
  for (let round = 0; round < rounds; round++)
    for (const room of inTurn(round)) {
      await load.open(room, seatsAt(bases[room], meetingId, peers));
      await pause(30);
      const window = Math.ceil(UNDER_WAY / peers);
      const { seconds, latenciesMs } = await load.send({ do: "burst", room, count: BURST, window });
      // The first rounds are warm-up: the code is not yet optimized by the JIT compiler.
      if (round < rounds / 4) continue;
      rates[room].push(latenciesMs.length / seconds);
      full[room].push(...latenciesMs);
    }
  for (const room of names) await load.open(room, seatsAt(bases[room], meetingId, peers));
  await pause(30);
  for (let round = 0; round < PACED_ROUNDS; round++)
    for (const room of inTurn(round)) {
      const { latenciesMs } = await load.send({ do: "pace", room, count: PER_SECOND, perSecond: PER_SECOND });
      calm[room].push(...latenciesMs);
    }
  for (const room of names) await load.close(room);
  await end(platform, meetingId);
  const share = (of: keyof typeof bases): string =>
    `${(median(rates.room.map((rate, i) => rate / (rates[of][i] ?? rate))) * 100).toFixed(0)} % of ${median(rates[of]).toFixed(0)}/s`;
  const p99 = ({ room, node }: Samples): string =>
    `${quantile(room, 0.99).toFixed(1)} ms (Node and ws ${quantile(node, 0.99).toFixed(1)} ms)`;
  return [
    {
      what: `a room of ${peers}: messages forwarded to one peer`,
      figure: `${median(rates.room).toFixed(0)}/s`,
      goal: "",
    },
    { what: "  compared with Node and ws", figure: share("node"), goal: ">= 50 %" },
    { what: "  compared with a bare durable object", figure: share("bare"), goal: "" },
    {
      what: `  p99 latency, each peer sending ${PER_SECOND} a second`,
      figure: p99(calm),
      goal: "",
    },
    {
      what: `  p99 latency, ${UNDER_WAY} messages in flight`,
      figure: p99(full),
      goal: "",
    },
  ];
};

/**
 * Measures the memory of idle rooms. A hibernated room returns its memory to the allocator, which keeps it for later
 * rooms, so a second thousand of rooms adds less than the first.
 */
const benchIdle = async (platform: BenchPlatform, load: Load): Promise<Figure[]> => {
  const meetingIds = Array.from({ length: 2 * IDLE_ROOMS }, (_, i) => 1_000_000 + i);
  const openMore = async (from: number): Promise<number> => {
    const before = await platform.memoryKb();
    for (const meetingId of meetingIds.slice(from, from + IDLE_ROOMS)) {
      await admit(platform, meetingId, IDLE_PEERS);
      await load.open(String(meetingId), seatsAt(signalingOf(platform), meetingId, IDLE_PEERS));
    }
    await pause(HIBERNATED_MS);
    return ((await platform.memoryKb()) - before) / IDLE_ROOMS;
  };
  const first = await openMore(0);
  const second = await openMore(IDLE_ROOMS);
  // Hibernated rooms must still work: some are woken by a message.
  const waking: number[] = [];
  for (const meetingId of meetingIds.slice(0, WOKEN)) {
    const order = { do: "burst", room: String(meetingId), count: 1, window: 1 } as const;
    waking.push(Math.max(...(await load.send(order)).latenciesMs));
  }
  for (const meetingId of meetingIds) {
    await load.close(String(meetingId));
    await end(platform, meetingId);
  }
  return [
    {
      what: `${IDLE_ROOMS} rooms of ${IDLE_PEERS} open and idle: memory of workerd for each`,
      figure: `${first.toFixed(0)} kB`,
      goal: "",
    },
    { what: "  for each of a thousand more", figure: `${second.toFixed(0)} kB`, goal: "" },
    {
      what: "  one wakes and forwards a message of each peer, p50",
      figure: `${median(waking).toFixed(1)} ms`,
      goal: "",
    },
  ];
};

/** The fields of the API responses that are used here. */
interface Admitted {
  readonly access_token: string;
  readonly meeting_id: number;
  readonly user_id: number;
  readonly peer_id: string;
}

/** Reads the number of durable object calls from the `Server-Timing` header of a response. */
const objectsAsked = (answer: Response): number =>
  Number(/do;desc="(\d+)"/.exec(answer.headers.get("server-timing") ?? "")?.[1] ?? Number.NaN);

/**
 * Measures the billed requests of a meeting through the API, until every participant is connected with every other
 * one. Counted are the durable object calls of the join requests, as their responses report them; two for each opened
 * socket (rate limiter and room) and one alarm, in which the room checks its participants; each message that the room
 * forwarded; and the `join` message of each socket.
 */
const benchBilled = async (platform: BenchPlatform, load: Load): Promise<Figure[]> => {
  const call = async (path: string, body: object, token = "") => {
    const answer = await fetch(`${platform.origin}/api/v1${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) },
      body: JSON.stringify(body),
    });
    const { data } = (await answer.json()) as { data: Admitted };
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    return { data, asked: objectsAsked(answer) };
  };
  const identity = { username: "bench_host", password: "bench password" };
  await call("/auth/register", { ...identity, email: "host@example.com", full_name: "Host" });
  const { data: grant } = await call("/auth/login", identity);
  const { data: meeting } = await call(
    "/meetings",
    { title: "bench", allow_guests: true },
    grant.access_token,
  );
  let requests = 0;
  const seats: Seat[] = [];
  for (let i = 0; i < BILLED_PEERS; i++) {
    const token = i === 0 ? grant.access_token : "";
    const { data, asked } = await call(
      `/meetings/${meeting.meeting_id}/join`,
      { full_name: `Guest ${i}` },
      token,
    );
    requests += asked;
    seats.push(seatAt(signalingOf(platform), data.meeting_id, data.user_id, data.peer_id));
  }
  await load.open("billed", seats);
  const count = NEGOTIATION * (BILLED_PEERS - 1);
  const outcome = await load.send({ do: "burst", room: "billed", count, window: 4 });
  await load.close("billed");
  await end(platform, meeting.meeting_id);
  requests += OBJECTS_A_SOCKET * BILLED_PEERS + 1;
  const passedOn = outcome.latenciesMs.length;
  const ofMessages = (passedOn + BILLED_PEERS) / MESSAGES_A_REQUEST;
  const perThousand = (of: number): string => ((of / passedOn) * 1_000).toFixed(0);
  return [
    {
      what: `a meeting of ${BILLED_PEERS} connects, ${passedOn} messages: durable object requests billed per 1,000`,
      figure: perThousand(requests + ofMessages),
      goal: "",
    },
    {
      what: "  of these: messages; joining and opening sockets",
      figure: `${perThousand(ofMessages)}, ${perThousand(requests)}`,
      goal: "",
    },
  ];
};

export const benchMeeting = async (platform: BenchPlatform): Promise<Figure[]> => {
  const [relay, loadProcess] = ["meeting-relay.ts", "meeting-load.ts"].map((file) =>
    fork(join(import.meta.dirname, file)),
  );
  if (!relay || !loadProcess) throw new Error("the relay or the load process did not start");
  try {
    const [port] = await once(relay, "message");
    const load = new Load(loadProcess);
    const billed = await benchBilled(platform, load);
    const relayed: Figure[] = [];
    for (const peers of ROUNDS.keys())
      relayed.push(...(await benchRelay(platform, load, `ws://127.0.0.1:${port}/`, peers)));
    return [...relayed, ...(await benchIdle(platform, load)), ...billed];
  } finally {
    relay.disconnect();
    loadProcess.disconnect();
  }
};
