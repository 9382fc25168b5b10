import {
  type Admission,
  MAX_CHAT_HISTORY,
  type MediaState,
  mediaStateSchema,
} from "../../src/products/meeting/domain/meetings/protocol.ts";

/** The migrations of a room's database. Append only: each runs once per room, in this order. */
const MIGRATIONS = [
  `CREATE TABLE peers (
    peer_id TEXT PRIMARY KEY, user_id INTEGER NOT NULL UNIQUE, full_name TEXT NOT NULL, is_host INTEGER NOT NULL,
    media TEXT NOT NULL, is_hand_raised INTEGER NOT NULL DEFAULT 0, has_joined INTEGER NOT NULL DEFAULT 0,
    -- Deadline to open a socket, ms UTC; null while there is one.
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
  -- 1 while its seat in the database is being freed: no socket opens as it, its user has to join again.
  ALTER TABLE peers ADD COLUMN is_leaving INTEGER NOT NULL DEFAULT 0;`,
  `ALTER TABLE peers ADD COLUMN capability TEXT NOT NULL DEFAULT '';
  UPDATE peers SET capability = peer_id;
  CREATE UNIQUE INDEX peers_by_capability ON peers (capability);`,
];

/** How many messages are held for a disconnected peer: enough for its negotiation. */
const MAX_HELD = 200;

/** A peer: a user in the room, or one who was admitted and has not opened the socket yet. */
export interface Peer extends Omit<Admission, "visit"> {
  /** The public id, known to the other peers. It opens no socket. */
  readonly peerId: string;
  readonly media: MediaState;
  readonly isHandRaised: boolean;
  /** Whether its `user-joined` was sent to the others. */
  readonly hasJoined: boolean;
  /** Deadline to open a socket, ms UTC; null while it has one. */
  readonly dueAt: number | null;
  /** Whether the peer is being removed; then no socket can be opened as this peer. */
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

/** The persistent state of a room, which survives an eviction. */
export class RoomStore {
  private readonly sql: SqlStorage;
  /** A cache of peers: each message needs two of them. Every method that changes a row removes it from here. */
  private readonly known = new Map<string, Peer>();

  /** A room has no tables before its first admission, so that requests for invented meetings store nothing. */
  private hasTables: boolean;

  constructor(private readonly storage: DurableObjectStorage) {
    this.sql = storage.sql;
    this.hasTables =
      this.sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'migrations'").toArray().length > 0;
    if (this.hasTables) this.open();
  }

  /** Whether the room has tables: a user was admitted or dismissed, or the meeting ended. */
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

  /** Deletes everything: the room is as it was before its first admission. */
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

  /** Returns the peer whose socket this capability opens. */
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

  /** Holds a message for a disconnected peer. Returns false if MAX_HELD messages are held already. */
  hold(peerId: string, message: string): boolean {
    const count = Number(this.sql.exec("SELECT count(*) AS n FROM held WHERE peer_id = ?", peerId).one().n);
    if (count >= MAX_HELD) return false;
    this.sql.exec("INSERT INTO held (peer_id, message) VALUES (?, ?)", peerId, message);
    return true;
  }

  /** Removes and returns the messages held for a peer, oldest first. */
  drainHeld(peerId: string): string[] {
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
    this.sql.exec("DELETE FROM chat WHERE id <= (SELECT max(id) FROM chat) - ?", MAX_CHAT_HISTORY);
  }

  /** Returns the chat, oldest first. */
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

  /**
   * Deletes everything except the facts with this name prefix. Without such facts the room is as before its first
   * admission.
   */
  async clearAllBut(prefix: string): Promise<void> {
    this.clear();
    this.sql.exec("DELETE FROM facts WHERE substr(name, 1, ?) <> ?", prefix.length, prefix);
    if (this.sql.exec("SELECT 1 FROM facts LIMIT 1").toArray().length === 0) await this.forget();
  }
}
