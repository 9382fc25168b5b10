import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { MeetingRoom } from "../../durable/meeting-room.ts";
import type { Admission } from "../../src/products/meeting/domain/meetings/protocol.ts";
import type { Order, Outcome, Seat } from "./meeting-load.ts";
import type { BenchPlatform } from "./platform.ts";

/** Below the limit of 240 new sockets per minute and address. */
const SOCKETS_AN_ADDRESS = 200;

/** Controls the process that opens the sockets and sends the messages. */
export class Load {
  constructor(private readonly child: ChildProcess) {}

  async open(room: string, seats: readonly Seat[]): Promise<void> {
    await this.execute({ do: "open", room, seats });
  }

  async close(room: string): Promise<void> {
    await this.execute({ do: "close", room });
  }

  async send(order: Extract<Order, { count: number }>): Promise<Outcome> {
    const outcome = await this.execute(order);
    if (!outcome || outcome.refused > 0) throw new Error(`${order.room}: ${outcome?.refused} refused`);
    return outcome;
  }

  private async execute(order: Order): Promise<Outcome | undefined> {
    this.child.send(order);
    const [{ outcome, error }] = (await once(this.child, "message")) as [
      { outcome?: Outcome; error?: string },
    ];
    if (error !== undefined) throw new Error(error);
    return outcome;
  }
}

let sockets = 0;
const newAddress = (): string => `198.18.0.${Math.floor(sockets++ / SOCKETS_AN_ADDRESS)}`;
export const signalingOf = ({ origin }: BenchPlatform) => `${origin.replace("http", "ws")}/ws/signaling`;

const capabilityOf = (meetingId: number, userId: number): string =>
  `peer_${meetingId}_${userId}_AbCdEfGhIjKlMnOpQrStUv`;

export const seatAt = (base: string, meetingId: number, userId: number, capability: string): Seat => ({
  url: `${base}?meeting_id=${meetingId}&user_id=${userId}&peer_id=${capability}`,
  address: newAddress(),
  meetingId,
  userId,
  capability,
});

export const seatsAt = (base: string, meetingId: number, peers: number): Seat[] =>
  Array.from({ length: peers }, (_, i) => seatAt(base, meetingId, i + 1, capabilityOf(meetingId, i + 1)));

const callRoom = async (
  { roomCallerOrigin }: BenchPlatform,
  meetingId: number,
  method: keyof MeetingRoom,
  calls: readonly unknown[][],
): Promise<void> => {
  const body = JSON.stringify({ meetingId, method, calls });
  const answer = await fetch(roomCallerOrigin, { method: "POST", body });
  if (!answer.ok) throw new Error(`${method}: ${answer.status}`);
};

/** Inserts a meeting and one participant row for each peer, because a room refuses a socket without such a row. */
const seatAll = async ({ database }: BenchPlatform, meetingId: number, peers: number): Promise<void> => {
  const users = JSON.stringify(Array.from({ length: peers }, (_, i) => i + 1));
  await database.batch([
    database
      .prepare(
        `INSERT INTO meetings (id, code, host_id, title, description, kind, start_at, max_participants,
           is_recording_enabled, allows_guests, created_at, updated_at)
         VALUES (?1, 'bench-' || ?1, 1, 'Bench', '', 'video', 0, ?2, 0, 1, 0, 0)`,
      )
      .bind(meetingId, peers),
    database
      .prepare(
        `INSERT INTO meeting_participants (meeting_id, user_id, stay, joined_at)
         SELECT ?1, value, CAST(value AS TEXT), 0 FROM json_each(?2)`,
      )
      .bind(meetingId, users),
  ]);
};

/** Admits participants to a room directly, as the API does after a join. */
export const admit = async (platform: BenchPlatform, meetingId: number, peers: number): Promise<void> => {
  await seatAll(platform, meetingId, peers);
  const admissions = Array.from({ length: peers }, (_, i): Admission => {
    const userId = i + 1;
    return {
      userId,
      capability: capabilityOf(meetingId, userId),
      fullName: `参会者${userId}`,
      isHost: i === 0,
      stay: String(userId),
      visit: 1,
    };
  });
  return callRoom(
    platform,
    meetingId,
    "admit",
    admissions.map((admission) => [meetingId, admission]),
  );
};

/** Ends the meeting in its room for all participants. */
export const end = (platform: BenchPlatform, meetingId: number): Promise<void> =>
  callRoom(platform, meetingId, "end", [[]]);
