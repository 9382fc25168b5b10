import type { meetings } from "../../../../platform/db/schema/meetings.ts";

export type MeetingRow = typeof meetings.$inferSelect;

export type MeetingStatus = "scheduled" | "ongoing" | "ended" | "cancelled";

/** A meeting as its participants may see it, without the password. Times are ms UTC. */
export interface Meeting
  extends Omit<MeetingRow, "passwordCipher" | "passwordKeyId" | "cancelledAt" | "startedAt" | "endedAt"> {
  readonly status: MeetingStatus;
  readonly hasPassword: boolean;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
}

export const statusOf = ({
  startedAt,
  endedAt,
  cancelledAt,
}: Pick<MeetingRow, "startedAt" | "endedAt" | "cancelledAt">): MeetingStatus => {
  if (cancelledAt !== null) return "cancelled";
  if (endedAt !== null) return "ended";
  return startedAt === null ? "scheduled" : "ongoing";
};

export const toMeeting = (row: MeetingRow): Meeting => {
  const { passwordCipher, passwordKeyId: _, cancelledAt: __, ...meeting } = row;
  return { ...meeting, status: statusOf(row), hasPassword: passwordCipher !== null };
};

const MAX_MEETING_ID = 2 ** 31 - 1;

/**
 * A random number from 1 to 2^31 - 1, which clients with 32-bit integers can hold. A sequential number would reveal
 * which meetings exist, and an open meeting admits a caller who knows its number.
 */
export const newMeetingId = (): number => {
  const [bits = 0] = crypto.getRandomValues(new Uint32Array(1));
  // Zero is not a valid id, so one in 2^31 draws is repeated.
  return bits & MAX_MEETING_ID || newMeetingId();
};

/** Letters that are hard to confuse; no vowels (and no Y), so that codes form no words. */
const LETTERS = "BCDFGHJKLMNPQRSTVWXZ";
const CODE = /^([A-Z]{3})-?([A-Z]{3})-?([A-Z]{3})$/;

/** Returns a random code like `BCD-FGH-JKL`. There are 20^9, about half a trillion, codes. */
export const newMeetingCode = (): string => {
  const letters: string[] = [];
  while (letters.length < 9) {
    // 240 is the largest multiple of 20 in a byte: every letter is equally likely.
    for (const byte of crypto.getRandomValues(new Uint8Array(16)))
      if (byte < 240 && letters.length < 9) letters.push(LETTERS[byte % LETTERS.length] ?? "");
  }
  const text = letters.join("");
  return `${text.slice(0, 3)}-${text.slice(3, 6)}-${text.slice(6)}`;
};

/** Normalizes a typed code to its stored form; undefined if the text is not a code. */
export const normalizeMeetingCode = (text: string): string | undefined => {
  const match = CODE.exec(text.trim().toUpperCase().replace(/\s+/g, ""));
  return match ? match.slice(1).join("-") : undefined;
};
