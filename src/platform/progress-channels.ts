import type { ProgressChannel } from "../../durable/progress-channel.ts";
import type { ProgressEvent } from "../core/progress/index.ts";
import type { Meter } from "./meter.ts";

export interface SubscribeOptions {
  /** A tag by which the subscription can be closed, such as a session id. */
  readonly tag?: string;
  /** Limits the subscription to the events of this key. */
  readonly key?: string;
  /** With a key: sends only events with a version above this one. */
  readonly after?: number;
}

interface ProgressChannelsDeps {
  readonly namespace: DurableObjectNamespace<ProgressChannel>;
  readonly meter: Meter;
}

/** The progress channels, one Durable Object for each topic. */
export class ProgressChannels {
  constructor(private readonly deps: ProgressChannelsDeps) {}

  /** Subscribes to a topic. Returns a WebSocket that is not accepted yet and receives each change. */
  async subscribe(topic: string, { tag, key, after }: SubscribeOptions = {}): Promise<WebSocket> {
    const url = new URL("https://progress/");
    for (const [name, value] of Object.entries({ tag, key, after }))
      if (value !== undefined) url.searchParams.set(name, String(value));
    const { webSocket } = await this.channel(topic).fetch(url.href, { headers: { upgrade: "websocket" } });
    if (!webSocket) throw new Error("the progress channel opened no socket");
    return webSocket;
  }

  async publish(topic: string, event: ProgressEvent): Promise<void> {
    await this.channel(topic).publish(event);
  }

  /** Makes a topic forget the events of a key, so that no later subscriber receives them. */
  async forget(topic: string, key: string): Promise<void> {
    await this.channel(topic).forget(key);
  }

  /** Closes the subscriptions with these tags. */
  async end(topic: string, code: number, reason: string, tags: readonly string[]): Promise<void> {
    await this.channel(topic).end(code, reason, tags);
  }

  private channel(topic: string) {
    const { namespace, meter } = this.deps;
    meter.durable++;
    return namespace.get(namespace.idFromName(topic));
  }
}
