import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { KeyVault } from "../../src/core/secrets/index.ts";
import { Outbox } from "../../src/core/webhooks/index.ts";
import { primary } from "../../src/platform/db/client.ts";
import { newMeter } from "../../src/platform/meter.ts";
import {
  Attendance,
  Meetings,
  PasswordGuesses,
  type Room,
} from "../../src/products/meeting/domain/meetings/index.ts";

export const roomOf = (id: number) => env.MEETING_ROOM.get(env.MEETING_ROOM.idFromName(`meeting:${id}`));

export const db = primary(env.DB, newMeter());
const meetings = new Meetings({ db, clock: Date.now, vault: new KeyVault("x".repeat(32), undefined) });

const limiterOf = (key: string) => env.RATE_LIMITER.get(env.RATE_LIMITER.idFromName(key));

/** Returns an `Attendance` over the real rooms, with the given methods of the room replaced. */
export const attendanceWith = (room: Partial<Room> = {}) =>
  new Attendance({
    db,
    meetings,
    guesses: new PasswordGuesses(new Map(), (key, limits) => limiterOf(key).take(limits), Date.now),
    outbox: new Outbox(db, () => undefined),
    clock: Date.now,
    roomOf: (id) => ({
      admit: (...a) => roomOf(id).admit(...a),
      dismiss: (...a) => roomOf(id).dismiss(...a),
      end: () => roomOf(id).end(),
      peers: async () => roomOf(id).peers(),
      ...room,
    }),
  });

/** Returns the account numbers of the meeting's present participants. */
export const presentUserIds = async (id: number): Promise<number[]> => {
  const { results } = await env.DB.prepare(
    "SELECT user_id FROM meeting_participants WHERE meeting_id = ? AND left_at IS NULL ORDER BY user_id",
  )
    .bind(id)
    .all<{ user_id: number }>();
  return results.map(({ user_id }) => user_id);
};

/** Runs the room's alarm with the clock set forward by `ms`. */
export const runRoomAlarmLater = (id: number, ms: number) =>
  runInDurableObject(roomOf(id), async (room) => {
    const now = Date.now;
    Date.now = () => now() + ms;
    try {
      await room.alarm();
    } finally {
      Date.now = now;
    }
  });
