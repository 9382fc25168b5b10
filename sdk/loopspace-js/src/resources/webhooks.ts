import { invalidArgument } from "../errors.js";
import type { WebhookEvent, WebhookEventType } from "../events.js";
import type { Time } from "../models.js";
import type { RequestOptions } from "../options.js";
import { everyItem, type Page, type PageOptions } from "../paging.js";
import { idIn, type Transport } from "../transport.js";

const PATH = "/api/v1/developer/webhooks";

const pathOf = (webhookId: string, part = ""): string => `${PATH}/${idIn(webhookId, "webhookId")}${part}`;
const deliveryPathOf = (deliveryId: string, part = ""): string =>
  `${PATH}/deliveries/${idIn(deliveryId, "deliveryId")}${part}`;

/** An address that is told of events. */
export interface Webhook {
  /** `wh_…` */
  readonly id: string;
  readonly url: string;
  readonly events: WebhookEventType[];
  readonly environment: "live" | "sandbox";
  /** The application that made it; null for the account itself and its keys. */
  readonly clientId: string | null;
  readonly enabled: boolean;
  /** `owner`: its owner switched it off; `gone`: it answered 410; `failing`: nothing got through for 5 days. */
  readonly disabledReason: "owner" | "gone" | "failing" | null;
  /** Since when nothing got through. */
  readonly failingSince: Time | null;
  /** Until when the secret before the present one signs as well. */
  readonly previousSecretUntil: Time | null;
  readonly createdAt: Time;
  readonly updatedAt: Time;
}

/** With its secret, which is shown this once. */
export interface WebhookWithSecret extends Webhook {
  readonly secret: string;
}

export interface NewWebhook {
  /** An https address of the open internet. */
  readonly url: string;
  readonly events: readonly WebhookEventType[];
  /** Default: one is made. */
  readonly secret?: string | undefined;
}

/** What is left out stays. */
export interface WebhookChange {
  readonly url?: string | undefined;
  readonly events?: readonly WebhookEventType[] | undefined;
  readonly enabled?: boolean | undefined;
}

export interface DeliveryAttempt {
  readonly at: Time;
  /** What the receiver answered; null for no answer. */
  readonly status: number | null;
  readonly error: string | null;
  readonly durationMs: number;
  /** The first kilobyte of the answer. */
  readonly response: string;
}

/** An event on its way to a webhook. */
export interface Delivery {
  /** `dlv_…` */
  readonly id: string;
  readonly webhookId: string;
  readonly event: { readonly id: string; readonly type: WebhookEventType };
  readonly status: "pending" | "delivered" | "failed";
  /** Of the last attempt. */
  readonly error: string | null;
  /** The last 20, the first of them first. */
  readonly attempts: DeliveryAttempt[];
  readonly nextAttemptAt: Time | null;
  readonly createdAt: Time;
  readonly deliveredAt: Time | null;
}

export interface DeliveryWithPayload extends Delivery {
  readonly payload: WebhookEvent;
}

export type DeliveryStatus = Delivery["status"];

export interface RotateOptions extends RequestOptions {
  /** Default: one is made. */
  readonly secret?: string | undefined;
  /** How long the secret before goes on signing as well: 0 to 24 (default). */
  readonly overlapHours?: number | undefined;
}

export interface DeliveryFilters {
  readonly status?: DeliveryStatus | undefined;
}

/**
 * Webhooks of the caller: an application sees its own, and hears of `audio.uploaded`, `user.followed` and
 * `purchase.completed` only. All calls throw LoopspaceError. What arrives is checked with `verifyWebhook`.
 */
export class Webhooks {
  constructor(private readonly transport: Transport) {}

  /** Has an address told of events. Gives its secret, this once. */
  async create(
    { url, events, secret }: NewWebhook,
    options: RequestOptions = {},
  ): Promise<WebhookWithSecret> {
    return this.transport.json({ ...options, method: "POST", path: PATH, json: { url, events, secret } });
  }

  /** A page of them, the latest first. */
  async getAll({ page, limit, ...options }: PageOptions = {}): Promise<Page<Webhook>> {
    return this.transport.json({ ...options, method: "GET", path: PATH, query: { page, limit } });
  }

  /** All of them. */
  all(options: RequestOptions = {}): AsyncGenerator<Webhook, void, undefined> {
    return everyItem((page) => this.getAll({ ...options, ...page }));
  }

  /** One of them. */
  async get(webhookId: string, options: RequestOptions = {}): Promise<Webhook> {
    return this.transport.json({ ...options, method: "GET", path: pathOf(webhookId) });
  }

  /** Changes it, or switches it off and on. */
  async update(webhookId: string, change: WebhookChange, options: RequestOptions = {}): Promise<Webhook> {
    return this.transport.json({ ...options, method: "PATCH", path: pathOf(webhookId), json: change });
  }

  /** Deletes it with its log. */
  async delete(webhookId: string, options: RequestOptions = {}): Promise<void> {
    return this.transport.delete(pathOf(webhookId), options);
  }

  /** Gives it a new secret, shown this once. */
  async rotateSecret(
    webhookId: string,
    { secret, overlapHours, ...options }: RotateOptions = {},
  ): Promise<WebhookWithSecret> {
    const path = pathOf(webhookId, "/rotate-secret");
    return this.transport.json({ ...options, method: "POST", path, json: { secret, overlapHours } });
  }

  /** Sends it what an event of this type looks like, with `example: true` in it. */
  async sendExample(
    webhookId: string,
    type: WebhookEventType,
    options: RequestOptions = {},
  ): Promise<DeliveryWithPayload> {
    return this.transport.json({
      ...options,
      method: "POST",
      path: pathOf(webhookId, "/test"),
      json: { type },
    });
  }

  /** A page of its log, the latest first. It is kept for 30 days. */
  async getDeliveries(
    webhookId: string,
    { status, page, limit, ...options }: PageOptions & DeliveryFilters = {},
  ): Promise<Page<Delivery>> {
    const query = { status, page, limit };
    return this.transport.json({ ...options, method: "GET", path: pathOf(webhookId, "/deliveries"), query });
  }

  /** All of it. */
  deliveries(
    webhookId: string,
    options: RequestOptions & DeliveryFilters = {},
  ): AsyncGenerator<Delivery, void, undefined> {
    return everyItem((page) => this.getDeliveries(webhookId, { ...options, ...page }));
  }

  /** One of them, with what is sent. */
  async getDelivery(deliveryId: string, options: RequestOptions = {}): Promise<DeliveryWithPayload> {
    return this.transport.json({ ...options, method: "GET", path: deliveryPathOf(deliveryId) });
  }

  /** Sends a delivery again, whatever became of it. */
  async redeliver(deliveryId: string, options: RequestOptions = {}): Promise<DeliveryWithPayload> {
    return this.transport.json({
      ...options,
      method: "POST",
      path: deliveryPathOf(deliveryId, "/redeliver"),
    });
  }

  /** Sends again what failed since then, the oldest first; `hasMore` says whether to call again. */
  async recover(
    webhookId: string,
    since: Date | Time,
    options: RequestOptions = {},
  ): Promise<{ readonly requeued: number; readonly hasMore: boolean }> {
    if (Number.isNaN(Number(new Date(since)))) throw invalidArgument("since is no time");
    const json = { since: since instanceof Date ? since.toISOString() : since };
    return this.transport.json({ ...options, method: "POST", path: pathOf(webhookId, "/recover"), json });
  }
}
