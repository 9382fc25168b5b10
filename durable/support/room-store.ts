import {
  type Admission,
  CHAT_HISTORY,
  type MediaState,
  mediaStateSchema,
} from "../../src/core/meetings/protocol.ts";

/** Append-only: each runs once for a room, in this order. */
const MIGRATIONS = [
  `CREATE TABLE peers (
    peer_id TEXT PRIMARY KEY, user_id INTEGER NOT NULL UNIQUE, full_name TEXT NOT NULL, is_host INTEGER NOT NULL,
    media TEXT NOT NULL, is_hand_raised INTEGER NOT NULL DEFAULT 0, has_joined INTEGER NOT NULL DEFAULT 0,
    -- Until when it may be without a socket; null while it has one.
    due_at INTEGER
  );
  CREATE TABLE held (id INTEGER PRIMARY KEY, peer_id TEXT NOT NULL, message TEXT NOT NULL);
  CREATE INDEX held_by_peer ON held (peer_id, id);
  CREATE TABLE chat (
    id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL, peer_id TEXT NOT NULL, full_name TEXT NOT NULL,
    message TEXT NOT NULL, at INTEGER NOT NULL
  );
  CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);`,
  `ALTER TABLE peers ADD COLUMN stay TEXT NOT NULL DEFAULT '';
  -- It is being written down that it left: whoever comes back with it has to join again.
  ALTER TABLE peers ADD COLUMN is_leaving INTEGER NOT NULL DEFAULT 0;`,
  `ALTER TABLE peers ADD COLUMN capability TEXT NOT NULL DEFAULT '';
  UPDATE peers SET capability = peer_id;
  CREATE UNIQUE INDEX peers_by_capability ON peers (capability);`,
];

/** Messages held for a peer that is about to come back: its negotiation, and no more. */
const MAX_HELD = 200;

/** Somebody in the room, or on the way to it. */
export interface Peer extends Omit<Admission, "visit"> {
  /** What the others know it by. It opens nothing. */
  readonly peerId: string;
  readonly media: MediaState;
  readonly isHandRaised: boolean;
  /** Whether the others have heard of it. */
  readonly hasJoined: boolean;
  /** Until when it may be without a socket, ms UTC; null while it has one. */
  readonly dueAt: number | null;
  /** It is about to go: nobody comes back as it. */
  readonly isLeaving: boolean;
}

export interface ChatLine {
  readonly userId: number;
  readonly peerId: string;
  readonly fullName: string;
  readonly message: string;
  /** ms UTC */
  readonly at: number;
}

type Row = Record<string, SqlStorageValue>;

const toPeer = (row: Row): Peer => ({
  peerId: String(row.peer_id),
  capability: String(row.capability),
  userId: Number(row.user_id),
  fullName: String(row.full_name),
  isHost: row.is_host === 1,
  media: mediaStateSchema.parse(JSON.parse(String(row.media))),
  isHandRaised: row.is_hand_raised === 1,
  hasJoined: row.has_joined === 1,
  stay: String(row.stay),
  dueAt: row.due_at === null ? null : Number(row.due_at),
  isLeaving: row.is_leaving === 1,
});

const SILENT: MediaState = { audio: true, video: true, screen: false };

/** What a room remembers, so that it survives an eviction. */
export class RoomStore {
  private readonly sql: SqlStorage;
  /** Who was asked for: each message asks for two. Whatever changes a row forgets it here. */
  private readonly known = new Map<string, Peer>();

  /** A room nobody was let into yet has no tables: whoever asks for a made-up one leaves nothing behind. */
  private hasTables: boolean;

  constructor(private readonly storage: DurableObjectStorage) {
    this.sql = storage.sql;
    this.hasTables =
      this.sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'migrations'").toArray().length > 0;
    if (this.hasTables) this.open();
  }

  /** Whether anybody was ever let in, or it ended before. */
  get isOpen(): boolean {
    return this.hasTables;
  }

  open(): void {
    this.hasTables = true;
    this.storage.transactionSync(() => {
      this.sql.exec("CREATE TABLE IF NOT EXISTS migrations (id INTEGER PRIMARY KEY)");
      const done = Number(this.sql.exec("SELECT count(*) AS n FROM migrations").one().n);
      for (const [i, migration] of MIGRATIONS.entries()) {
        if (i < done) continue;
        this.sql.exec(migration);
        this.sql.exec("INSERT INTO migrations (id) VALUES (?)", i);
      }
    });
  }

  /** As if nobody had ever been let in. */
  async forget(): Promise<void> {
    this.known.clear();
    this.hasTables = false;
    await this.storage.deleteAll();
  }

  fact(name: string): string | undefined {
    const [row] = this.sql.exec("SELECT value FROM facts WHERE name = ?", name).toArray();
    return row && String(row.value);
  }

  setFact(name: string, value: string): void {
    this.sql.exec("INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)", name, value);
  }

  dropFact(name: string): void {
    this.sql.exec("DELETE FROM facts WHERE name = ?", name);
  }

  peers(): Peer[] {
    return this.sql.exec("SELECT * FROM peers ORDER BY rowid").toArray().map(toPeer);
  }

  peer(peerId: string): Peer | undefined {
    const known = this.known.get(peerId);
    if (known) return known;
    const [row] = this.sql.exec("SELECT * FROM peers WHERE peer_id = ?", peerId).toArray();
    if (!row) return undefined;
    const peer = toPeer(row);
    this.known.set(peerId, peer);
    return peer;
  }

  /** The one whose socket a capability opens. */
  peerWith(capability: string): Peer | undefined {
    const [row] = this.sql.exec("SELECT * FROM peers WHERE capability = ?", capability).toArray();
    return row && toPeer(row);
  }

  peerOfUser(userId: number): Peer | undefined {
    const [row] = this.sql.exec("SELECT * FROM peers WHERE user_id = ?", userId).toArray();
    return row && toPeer(row);
  }

  admit({ capability, userId, fullName, isHost, stay }: Admission, peerId: string, dueAt: number): void {
    this.sql.exec(
      `INSERT INTO peers (peer_id, capability, user_id, full_name, is_host, media, due_at, stay)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      peerId,
      capability,
      userId,
      fullName,
      isHost ? 1 : 0,
      JSON.stringify(SILENT),
      dueAt,
      stay,
    );
  }

  setLeaving(peerId: string): void {
    this.known.delete(peerId);
    this.sql.exec("UPDATE peers SET is_leaving = 1 WHERE peer_id = ?", peerId);
  }

  setDue(peerId: string, dueAt: number | null): void {
    this.known.delete(peerId);
    this.sql.exec("UPDATE peers SET due_at = ? WHERE peer_id = ?", dueAt, peerId);
  }

  setJoined(peerId: string): void {
    this.known.delete(peerId);
    this.sql.exec("UPDATE peers SET has_joined = 1 WHERE peer_id = ?", peerId);
  }

  setMedia(peerId: string, media: MediaState): void {
    this.known.delete(peerId);
    this.sql.exec("UPDATE peers SET media = ? WHERE peer_id = ?", JSON.stringify(media), peerId);
  }

  setHand(peerId: string, raised: boolean): void {
    this.known.delete(peerId);
    this.sql.exec("UPDATE peers SET is_hand_raised = ? WHERE peer_id = ?", raised ? 1 : 0, peerId);
  }

  remove(peerId: string): void {
    this.known.delete(peerId);
    this.sql.exec("DELETE FROM peers WHERE peer_id = ?", peerId);
    this.sql.exec("DELETE FROM held WHERE peer_id = ?", peerId);
  }

  /** Keeps a message for a peer that is about to come back. False where it has too many already. */
  hold(peerId: string, message: string): boolean {
    const count = Number(this.sql.exec("SELECT count(*) AS n FROM held WHERE peer_id = ?", peerId).one().n);
    if (count >= MAX_HELD) return false;
    this.sql.exec("INSERT INTO held (peer_id, message) VALUES (?, ?)", peerId, message);
    return true;
  }

  /** What was held, in order; it is handed out once. */
  takeHeld(peerId: string): string[] {
    const rows = this.sql.exec("SELECT message FROM held WHERE peer_id = ? ORDER BY id", peerId).toArray();
    if (rows.length > 0) this.sql.exec("DELETE FROM held WHERE peer_id = ?", peerId);
    return rows.map(({ message }) => String(message));
  }

  addChat({ userId, peerId, fullName, message, at }: ChatLine): void {
    this.sql.exec(
      "INSERT INTO chat (user_id, peer_id, full_name, message, at) VALUES (?, ?, ?, ?, ?)",
      userId,
      peerId,
      fullName,
      message,
      at,
    );
    this.sql.exec("DELETE FROM chat WHERE id <= (SELECT max(id) FROM chat) - ?", CHAT_HISTORY);
  }

  /** Oldest first. */
  chat(): ChatLine[] {
    return this.sql
      .exec("SELECT * FROM chat ORDER BY id")
      .toArray()
      .map((row) => ({
        userId: Number(row.user_id),
        peerId: String(row.peer_id),
        fullName: String(row.full_name),
        message: String(row.message),
        at: Number(row.at),
      }));
  }

  clear(): void {
    this.known.clear();
    for (const table of ["peers", "held", "chat"]) this.sql.exec(`DELETE FROM ${table}`);
  }

  /** Everything but the facts whose name begins with this; where there is none of them, as if nobody had ever been let in. */
  async clearAllBut(prefix: string): Promise<void> {
    this.clear();
    this.sql.exec("DELETE FROM facts WHERE substr(name, 1, ?) <> ?", prefix.length, prefix);
    if (this.sql.exec("SELECT 1 FROM facts LIMIT 1").toArray().length === 0) await this.forget();
  }
}
