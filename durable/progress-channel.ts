import { DurableObject } from "cloudflare:workers";
import {
  CLOSE_DISPLACED,
  MAX_SUBSCRIPTIONS,
  type ProgressEvent,
  progressEventSchema,
} from "../src/core/progress/protocol.ts";
import { HOUR_MS, MINUTE_MS } from "../src/lib/clock.ts";
import { log } from "../src/platform/logger.ts";

const PREFIX = "event:";
const ENDED_PREFIX = "ended:";
/** Prefix of all events of a key, for a stream that resumes. Versions are zero-padded, so keys sort by version. */
const PAST_PREFIX = "past:";
const pastOf = (key: string): string => `${PAST_PREFIX}${key}:`;
const pastKey = ({ key, version }: ProgressEvent): string =>
  pastOf(key) + String(version).padStart(VERSION_DIGITS, "0");
/** Number of decimal digits of `Number.MAX_SAFE_INTEGER`. */
const VERSION_DIGITS = 16;
/** How long a key's terminal event is kept for late subscribers. After that the product's own API has the result. */
const KEEP_ENDED_MS = 10 * MINUTE_MS;
/** How long a key without a terminal event is kept. Work that has not ended by then never will. */
const KEEP_LIVING_MS = 24 * HOUR_MS;
const MAX_KEYS = 100;
const NORMAL_CLOSURE = 1_000;
const TRY_AGAIN_LATER = 1_013;

/** The tombstone of a tag: the close code and reason of its subscriptions. */
interface Ended {
  readonly code: number;
  readonly reason: string;
  /** ms UTC */
  readonly at: number;
}

/** The attachment of a socket, which survives hibernation. */
interface Subscription {
  /** The only key whose events it receives; null for all keys. */
  readonly key: string | null;
  /** Grows with each subscription; the smallest number is the oldest subscription. */
  readonly order: number;
}

interface Kept {
  readonly event: ProgressEvent;
  /** ms UTC */
  readonly at: number;
}

const isOver = ({ event, at }: Kept, now: number): boolean =>
  now - at > (event.terminal ? KEEP_ENDED_MS : KEEP_LIVING_MS);

/**
 * Publishes progress events to the subscribers of one account; there is one object per account. Sockets hibernate, so
 * an idle channel costs nothing. Events are stored: a late subscriber gets the current state at once, a resumed
 * stream misses nothing, and an eviction loses nothing.
 */
export class ProgressChannel extends DurableObject {
  private kept: Map<string, Kept> | undefined;

  /** Publishes an event, unless its key has a terminal event or one of the same or a later version. */
  publish(input: ProgressEvent): void {
    const { data: event } = progressEventSchema.safeParse(input);
    if (!event) {
      log("error", "progress.invalid_event");
      return;
    }
    const kept = this.load();
    const last = kept.get(event.key)?.event;
    if (last && (last.terminal || last.version >= event.version)) return;
    const now = Date.now();
    if (kept.size === 0) void this.ctx.storage.setAlarm(now + KEEP_ENDED_MS);
    const entry = { event, at: now };
    // The map is ordered by last change, so that the least recently changed key is evicted first.
    kept.delete(event.key);
    kept.set(event.key, entry);
    this.ctx.storage.kv.put(PREFIX + event.key, entry);
    this.ctx.storage.kv.put(pastKey(event), event);
    if (kept.size > MAX_KEYS) this.drop([...kept.keys()].slice(0, kept.size - MAX_KEYS));
    const text = JSON.stringify(event);
    for (const socket of this.ctx.getWebSockets()) {
      const { key } = subscriptionOf(socket);
      if (key === null || key === event.key) send(socket, text);
    }
  }

  /** Deletes the stored events of a key, because its subject was deleted. */
  forget(key: string): void {
    this.load();
    this.drop([key]);
  }

  /**
   * Closes the subscriptions of tags; a tag is the session that opened them. A tombstone of each tag is kept for a
   * while, because a subscription whose session was checked just before it ended may still be on its way here.
   */
  end(code: number, reason: string, tags: readonly string[]): void {
    const now = Date.now();
    for (const tag of tags) {
      this.ctx.storage.kv.put(ENDED_PREFIX + tag, { code, reason, at: now } satisfies Ended);
      for (const socket of this.ctx.getWebSockets(tag)) close(socket, code, reason);
    }
    if (this.load().size === 0) void this.ctx.storage.setAlarm(now + KEEP_ENDED_MS);
  }

  /**
   * Opens a subscription. In the query, `tag` is the name by which `end` closes it. Without `key` the subscriber
   * receives the last event of each key, then each change; with `key`, each event of that key with a version above
   * `after`. A subscription beyond MAX_SUBSCRIPTIONS closes the oldest one.
   */
  override fetch(request: Request): Response {
    if (request.headers.get("upgrade")?.toLowerCase() !== "websocket")
      return new Response("expected a WebSocket upgrade", { status: 426, headers: { upgrade: "websocket" } });
    const { 0: client, 1: server } = new WebSocketPair();
    const { searchParams } = new URL(request.url);
    const [tag, key] = [searchParams.get("tag"), searchParams.get("key")];
    const order = 1 + Math.max(0, ...this.ctx.getWebSockets().map((socket) => subscriptionOf(socket).order));
    this.ctx.acceptWebSocket(server, tag === null ? [] : [tag]);
    server.serializeAttachment({ key, order } satisfies Subscription);
    this.ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
    const ended = tag === null ? undefined : this.ctx.storage.kv.get<Ended>(ENDED_PREFIX + tag);
    if (ended) close(server, ended.code, ended.reason);
    else {
      this.displaceOldest();
      for (const event of this.missed(key, searchParams.get("after"))) send(server, JSON.stringify(event));
    }
    return new Response(null, { status: 101, webSocket: client });
  }

  override webSocketMessage(): void {
    // Messages of subscribers are ignored; the runtime answers their `ping` without waking this object.
  }

  override webSocketClose(socket: WebSocket, code: number): void {
    // 1005 and 1006 mean that there was no close code; RFC 6455 (7.4.1) does not allow sending them.
    close(socket, code === 1_005 || code === 1_006 ? NORMAL_CLOSURE : code, "");
  }

  override async alarm(): Promise<void> {
    const kept = this.load();
    const now = Date.now();
    this.drop([...kept].filter(([, entry]) => isOver(entry, now)).map(([key]) => key));
    const tombstones = [...this.ctx.storage.kv.list<Ended>({ prefix: ENDED_PREFIX })];
    const past = tombstones.filter(([, { at }]) => now - at >= KEEP_ENDED_MS);
    for (const [key] of past) this.ctx.storage.kv.delete(key);
    if (kept.size > 0 || past.length < tombstones.length)
      await this.ctx.storage.setAlarm(now + KEEP_ENDED_MS);
    else await this.ctx.storage.deleteAll();
  }

  private displaceOldest(): void {
    // A closed socket stays listed until its client has answered the close.
    const open = this.ctx.getWebSockets().filter(({ readyState }) => readyState === WebSocket.OPEN);
    const oldestFirst = open.toSorted((a, b) => subscriptionOf(a).order - subscriptionOf(b).order);
    for (const socket of oldestFirst.slice(0, -MAX_SUBSCRIPTIONS))
      close(socket, CLOSE_DISPLACED, `more than ${MAX_SUBSCRIPTIONS} connections of this account`);
  }

  /** Returns the stored events that a new subscription receives first, in the order of publication. */
  private missed(key: string | null, after: string | null): ProgressEvent[] {
    const kept = this.load();
    if (key === null) return [...kept.values()].map(({ event }) => event);
    const last = kept.get(key)?.event;
    if (!last) return [];
    const known = Number(after ?? -1);
    const past = [...this.ctx.storage.kv.list<ProgressEvent>({ prefix: pastOf(key) })].map(
      ([, event]) => event,
    );
    // Events published before this class stored all past events exist only as the last event of their key.
    const all = past.at(-1)?.version === last.version ? past : [...past, last];
    return all.filter(({ version }) => version > known);
  }

  private drop(keys: readonly string[]): void {
    const { kv } = this.ctx.storage;
    for (const key of keys) {
      this.kept?.delete(key);
      kv.delete(PREFIX + key);
      for (const [past] of [...kv.list({ prefix: pastOf(key) })]) kv.delete(past);
    }
  }

  private load(): Map<string, Kept> {
    if (this.kept) return this.kept;
    const stored = [...this.ctx.storage.kv.list<Kept>({ prefix: PREFIX })].map(([, entry]) => entry);
    stored.sort((a, b) => a.at - b.at);
    this.kept = new Map(stored.map((entry) => [entry.event.key, entry]));
    return this.kept;
  }
}

/**
 * Returns a socket's attachment. Sockets accepted by an older release lack newer fields, so defaults fill them in.
 */
const subscriptionOf = (socket: WebSocket): Subscription => ({
  key: null,
  order: 0,
  ...(socket.deserializeAttachment() as Partial<Subscription> | null),
});

/** Sends a text. An error of one closing socket must not stop the messages to the others. */
const send = (socket: WebSocket, text: string): void => {
  try {
    socket.send(text);
  } catch {
    close(socket, TRY_AGAIN_LATER, "");
  }
};

const close = (socket: WebSocket, code: number, reason: string): void => {
  try {
    socket.close(code, reason);
  } catch {
    // The socket is closed already.
  }
};
