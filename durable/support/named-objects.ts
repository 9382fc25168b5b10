import type { UploadKind } from "../../src/core/uploads/protocol.ts";

/** Where the object of an upload is named by its `key`, once its product has taken it. */
const TABLES: Record<UploadKind, string> = { meeting_file: "meeting_files", audio: "audio_tracks" };

/** Whether a row names an object. */
export const isNamed = async (db: D1Database, kind: UploadKind, key: string): Promise<boolean> =>
  (await db.prepare(`SELECT 1 FROM ${TABLES[kind]} WHERE key = ?1`).bind(key).first()) !== null;
