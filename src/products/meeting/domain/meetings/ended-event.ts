import { type SQL, sql } from "drizzle-orm";
import type { NewEvent } from "../../../../core/webhooks/index.ts";
import { meetings } from "../../../../platform/db/schema/meetings.ts";
import type { Meeting } from "./meeting.ts";

/** Builds the `meeting.ended` event for the host's webhooks; it is written only if `isOpen` holds for the meeting. */
export const endedEvent = (
  { id, hostId, code, title, startedAt }: Meeting,
  isOpen: SQL,
  at: number,
): NewEvent => ({
  type: "meeting.ended",
  userId: hostId,
  environment: "live",
  at,
  when: sql`EXISTS (SELECT 1 FROM ${meetings} WHERE ${isOpen})`,
  data: {
    id,
    code,
    title,
    startedAt: startedAt === null ? null : new Date(startedAt).toISOString(),
    endedAt: new Date(at).toISOString(),
  },
});
