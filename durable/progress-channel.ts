import { DurableObject } from "cloudflare:workers";
import {
  DISPLACED_CLOSE,
  MAX_SUBSCRIPTIONS,
  type ProgressEvent,
  progressEventSchema,
} from "../src/core/progress/protocol.ts";
import { HOUR_MS, MINUTE_MS } from "../src/lib/clock.ts";
import { log } from "../src/platform/logger.ts";

const PREFIX = "event:";
const ENDED_PREFIX = "ended:";
/** Every event of a key, for a stream that goes on where it broke off. Ordered: versions are padded. */
const PAST_PREFIX = "past:";
const pastOf = (key: string): string => `${PAST_PREFIX}${key}:`;
const pastKey = ({ key, version }: ProgressEvent): string =>
  pastOf(key) + String(version).padStart(VERSION_DIGITS, "0");
/** Of `Number.MAX_SAFE_INTEGER`. */
const VERSION_DIGITS = 16;
/** How long latecomers are told how something ended; somebody who asks later reads it elsewhere. */
const KEEP_ENDED_MS = 10 * MINUTE_MS;
/** What nobody ended by then never will be. */
const KEEP_LIVING_MS = 24 * HOUR_MS;
const MAX_KEYS = 100;
const NORMAL_CLOSURE = 1_000;
const TRY_AGAIN_LATER = 1_013;

/** Tag of subscriptions that have ended, and what they were closed with. */
interface Ended {
  readonly code: number;
  readonly reason: string;
  /** ms UTC */
  readonly at: number;
}

/** What a subscription keeps while this object sleeps. */
interface Subscription {
  /** The only key it is told of; null for all. */
  readonly key: string | null;
  /** Grows with each subscription: which one is the oldest. */
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
 * Passes changes on to subscribers, one object an account. Sockets hibernate: a channel where nothing happens costs
 * nothing. Events are written down, so that a latecomer is told at once, a stream that broke off misses nothing, and an
 * eviction loses nothing.
 */
export class ProgressChannel extends DurableObject {
  private kept: Map<string, Kept> | undefined;

  /** Passes an event on, unless one of its version or a later one was before. */
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
    // In the order of their last change: the one that rested longest gives way.
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

  /** Tells nothing more of a key: what it is about was removed. */
  forget(key: string): void {
    this.load();
    this.drop([key]);
  }

  /**
   * Ends the subscriptions of tags, which are the sessions they were opened with. The tags are remembered for a while: a
   * subscription whose session was looked up just before it ended may still be on its way here.
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
   * Subscribes. Of the query, `tag` is what the subscription can be ended by. Without `key` it is told the last event of
   * each key, then each change; with one, each event of that key behind version `after`. One too many ends the oldest.
   */
  override fetch(request: Request): Response {
    if (request.headers.get("upgrade")?.toLowerCase() !== "websocket")
      return new Response("this is a WebSocket", { status: 426, headers: { upgrade: "websocket" } });
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
    // Subscribers have nothing to say; their `ping` is answered without waking us.
  }

  override webSocketClose(socket: WebSocket, code: number): void {
    // 1005 and 1006 say that there was no code, and may not be sent.
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
    // One that was closed is listed until its client has answered.
    const open = this.ctx.getWebSockets().filter(({ readyState }) => readyState === WebSocket.OPEN);
    const oldestFirst = open.toSorted((a, b) => subscriptionOf(a).order - subscriptionOf(b).order);
    for (const socket of oldestFirst.slice(0, -MAX_SUBSCRIPTIONS))
      close(socket, DISPLACED_CLOSE, `more than ${MAX_SUBSCRIPTIONS} connections of this account`);
  }

  /** What a new subscription is told at once, in the order it happened. */
  private missed(key: string | null, after: string | null): ProgressEvent[] {
    const kept = this.load();
    if (key === null) return [...kept.values()].map(({ event }) => event);
    const last = kept.get(key)?.event;
    if (!last) return [];
    const known = Number(after ?? -1);
    const past = [...this.ctx.storage.kv.list<ProgressEvent>({ prefix: pastOf(key) })].map(
      ([, event]) => event,
    );
    // An event of before this object kept all of them has no other copy.
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

/** A socket that an older version accepted lacks what was added since. */
const subscriptionOf = (socket: WebSocket): Subscription => ({
  key: null,
  order: 0,
  ...(socket.deserializeAttachment() as Partial<Subscription> | null),
});

/** A socket that is going away harms no other. */
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
    // gone already
  }
};
