import type { UploadKind } from "../../src/core/uploads/protocol.ts";

/** For each upload kind, the table whose column `key` names the object after the product has taken the upload. */
const TABLES: Record<UploadKind, string> = { meeting_file: "meeting_files", audio: "audio_tracks" };

/** Returns whether a row of the product names the object. */
export const isReferenced = async (db: D1Database, kind: UploadKind, key: string): Promise<boolean> =>
  (await db.prepare(`SELECT 1 FROM ${TABLES[kind]} WHERE key = ?1`).bind(key).first()) !== null;
