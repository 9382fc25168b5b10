import type { Services } from "../http/services.ts";
import type { Factories } from "../lib/lazy.ts";
import type { Env } from "../platform/bindings.ts";
import { type LogFields, log } from "../platform/logger.ts";
import type { Meter } from "../platform/meter.ts";
import { sendMessages } from "../platform/send-messages.ts";
import type { Isolate } from "./isolate.ts";

/** What a container is constructed with; its services are constructed from it. */
export interface Base {
  readonly env: Env;
  readonly ctx: Pick<ExecutionContext, "waitUntil">;
  readonly meter: Meter;
  readonly isolate: Isolate;
}

/** The factories of some services. */
export type Slice<S> = Factories<S, Base & Services>;

/** Sends the messages that make the queue consumer send these webhook deliveries. The sweep finds lost ones. */
export const wakeForDeliveries =
  ({ env }: Base) =>
  (ids: readonly string[], delaySeconds = 0): Promise<void> =>
    sendMessages(
      env.WEBHOOKS,
      ids.map((deliveryId) => ({ deliveryId })),
      delaySeconds,
    );

export const warn = (event: string, fields: LogFields): void => log("warn", event, fields);
