import { type Database, primary } from "../../src/platform/db/client.ts";
import { errorFields, log } from "../../src/platform/logger.ts";
import { newMeter } from "../../src/platform/meter.ts";
import { freeSeat, isSeatTaken } from "../../src/products/meeting/domain/meetings/index.ts";

/**
 * The database rows of a room's seats, which decide which peers may be in the room. A seat is identified by its
 * meeting and its presence session (`stay`, the id of one join).
 */
export class RoomSeats {
  private readonly db: Database;

  constructor(database: D1Database) {
    this.db = primary(database, newMeter());
  }

  /** Returns whether the seat is still taken; undefined if the database does not answer. */
  async isTaken(meetingId: number, stay: string): Promise<boolean | undefined> {
    try {
      return await isSeatTaken(this.db, meetingId, stay);
    } catch (error) {
      log("error", "meeting.seat_check_failed", errorFields(error));
      return undefined;
    }
  }

  /** Frees the seat. Returns false if the database does not answer; the caller then tries again later. */
  async free(meetingId: number, stay: string): Promise<boolean> {
    try {
      await freeSeat(this.db, meetingId, stay, Date.now());
      return true;
    } catch (error) {
      log("error", "meeting.leave_failed", errorFields(error));
      return false;
    }
  }
}
