import { errorFields, log } from "../../src/platform/logger.ts";

/**
 * The database rows of a room's seats, which decide which peers may be in the room. A seat is identified by its
 * meeting and its presence session (`stay`, the id of one join).
 */
export class RoomSeats {
  constructor(private readonly db: D1Database) {}

  /** Returns whether the seat is still taken; undefined if the database does not answer. */
  async isTaken(meetingId: number, stay: string): Promise<boolean | undefined> {
    try {
      const row = await this.db
        .prepare("SELECT 1 FROM meeting_participants WHERE meeting_id = ?1 AND stay = ?2 AND left_at IS NULL")
        .bind(meetingId, stay)
        .first();
      return row !== null;
    } catch (error) {
      log("error", "meeting.seat_check_failed", errorFields(error));
      return undefined;
    }
  }

  /** Frees the seat. Returns false if the database does not answer; the caller then tries again later. */
  async free(meetingId: number, stay: string): Promise<boolean> {
    try {
      await this.db
        .prepare(
          "UPDATE meeting_participants SET left_at = ?3 WHERE meeting_id = ?1 AND stay = ?2 AND left_at IS NULL",
        )
        .bind(meetingId, stay, Date.now())
        .run();
      return true;
    } catch (error) {
      log("error", "meeting.leave_failed", errorFields(error));
      return false;
    }
  }
}
