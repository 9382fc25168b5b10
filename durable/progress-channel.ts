import { DurableObject } from "cloudflare:workers";
import { type ProgressEvent, progressEventSchema } from "../src/core/progress/protocol.ts";
import { HOUR_MS, MINUTE_MS } from "../src/lib/clock.ts";
import { log } from "../src/platform/logger.ts";

const PREFIX = "event:";
const ENDED_PREFIX = "ended:";
/** How long latecomers are told how something ended; somebody who asks later reads it elsewhere. */
const KEEP_ENDED_MS = 10 * MINUTE_MS;
/** What nobody ended by then never will be. */
const KEEP_LIVING_MS = 24 * HOUR_MS;
const MAX_KEYS = 100;
const MAX_SUBSCRIBERS = 1_000;
const NORMAL_CLOSURE = 1_000;
const TRY_AGAIN_LATER = 1_013;

/** Tag of subscriptions that have ended, and what they were closed with. */
interface Ended {
  readonly code: number;
  readonly reason: string;
  /** ms UTC */
  readonly at: number;
}

interface Kept {
  readonly event: ProgressEvent;
  /** ms UTC */
  readonly at: number;
}

const isOver = ({ event, at }: Kept, now: number): boolean =>
  now - at > (event.terminal ? KEEP_ENDED_MS : KEEP_LIVING_MS);

/**
 * Passes changes on to who watches, one object a topic (`task:<id>`, `user:<id>`). Sockets hibernate: a channel where
 * nothing happens costs nothing. The last event of each key is written down, so that a latecomer is told at once and an
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
    if (kept.size > MAX_KEYS) this.drop([...kept.keys()].slice(0, kept.size - MAX_KEYS));
    const text = JSON.stringify(event);
    for (const socket of this.ctx.getWebSockets()) send(socket, text);
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

  /** Subscribes, with the tag of the query: the last event of each key first, then each change. */
  override fetch(request: Request): Response {
    if (request.headers.get("upgrade")?.toLowerCase() !== "websocket")
      return new Response("this is a WebSocket", { status: 426, headers: { upgrade: "websocket" } });
    const { 0: client, 1: server } = new WebSocketPair();
    const tag = new URL(request.url).searchParams.get("tag");
    this.ctx.acceptWebSocket(server, tag === null ? [] : [tag]);
    this.ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
    const ended = tag === null ? undefined : this.ctx.storage.kv.get<Ended>(ENDED_PREFIX + tag);
    if (ended) close(server, ended.code, ended.reason);
    else if (this.ctx.getWebSockets().length > MAX_SUBSCRIBERS)
      close(server, TRY_AGAIN_LATER, "too many subscribers");
    else for (const { event } of this.load().values()) send(server, JSON.stringify(event));
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

  private drop(keys: readonly string[]): void {
    for (const key of keys) {
      this.kept?.delete(key);
      this.ctx.storage.kv.delete(PREFIX + key);
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

/** A socket that is going away harms nobody else. */
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
