import { eq } from "drizzle-orm";
import type { Database } from "../../platform/db/client.ts";
import { audioTracks } from "../../platform/db/schema/audio.ts";
import { meetingFiles } from "../../platform/db/schema/meetings.ts";
import type { UploadKind } from "./protocol.ts";

/** The table of each upload kind. Its column `key` has the key of the R2 object once the product has stored the upload. */
const TABLES = { meeting_file: meetingFiles, audio: audioTracks } as const satisfies Record<
  UploadKind,
  object
>;

/** Returns whether a row of the product names the object. */
export const isReferenced = async (db: Database, kind: UploadKind, key: string): Promise<boolean> => {
  const table = TABLES[kind];
  const rows = await db.select({ key: table.key }).from(table).where(eq(table.key, key)).limit(1);
  return rows.length === 1;
};
