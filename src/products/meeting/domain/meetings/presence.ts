import { and, eq, isNull } from "drizzle-orm";
import type { Database } from "../../../../platform/db/client.ts";
import { meetingParticipants } from "../../../../platform/db/schema/meetings.ts";

/** The seat of one join, if it was not freed. `stay` is the id of the join. */
const takenSeat = (meetingId: number, stay: string) =>
  and(
    eq(meetingParticipants.meetingId, meetingId),
    eq(meetingParticipants.stay, stay),
    isNull(meetingParticipants.leftAt),
  );

/** Whether the seat of a join is still taken. */
export const isSeatTaken = async (db: Database, meetingId: number, stay: string): Promise<boolean> => {
  const seats = await db
    .select({ id: meetingParticipants.id })
    .from(meetingParticipants)
    .where(takenSeat(meetingId, stay))
    .limit(1);
  return seats.length === 1;
};

/** Frees the seat of a join. Does nothing if it is free already. `now` is in ms UTC. */
export const freeSeat = async (db: Database, meetingId: number, stay: string, now: number): Promise<void> => {
  await db.update(meetingParticipants).set({ leftAt: now }).where(takenSeat(meetingId, stay));
};
