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

/** A URL that receives events. */
export interface Webhook {
  /** `wh_…` */
  readonly id: string;
  readonly url: string;
  readonly events: WebhookEventType[];
  readonly environment: "live" | "sandbox";
  /** The application that created the webhook; null where the account created it, itself or with a key. */
  readonly clientId: string | null;
  readonly enabled: boolean;
  /**
   * `owner`: its owner switched it off; `gone`: the receiver answered 410; `failing`: no delivery succeeded for 5
   * days. Null while it is enabled.
   */
  readonly disabledReason: "owner" | "gone" | "failing" | null;
  /** Since when no delivery has succeeded; null where the last one did. */
  readonly failingSince: Time | null;
  /** Until when deliveries are also signed with the previous secret; null where there is none. */
  readonly previousSecretUntil: Time | null;
  readonly createdAt: Time;
  readonly updatedAt: Time;
}

/** A webhook with its secret, which only `create` and `rotateSecret` return. */
export interface WebhookWithSecret extends Webhook {
  readonly secret: string;
}

export interface NewWebhook {
  /** An https URL on the public internet that answers a POST with 2xx within 10 seconds. */
  readonly url: string;
  readonly events: readonly WebhookEventType[];
  /**
   * `whsec_` and the base64 of 24 to 64 bytes, or 16 to 256 printable ASCII characters without spaces. Default: the
   * server generates one.
   */
  readonly secret?: string | undefined;
}

/** The fields to change. Those that are left out keep their values. */
export interface WebhookChange {
  readonly url?: string | undefined;
  readonly events?: readonly WebhookEventType[] | undefined;
  readonly enabled?: boolean | undefined;
}

export interface DeliveryAttempt {
  readonly at: Time;
  /** The receiver's HTTP status; null for no response. */
  readonly status: number | null;
  /**
   * `timeout`, `connection_failed`, `redirected`, `address_refused` or `secret_unreadable`; null where `status` tells
   * the outcome.
   */
  readonly error: string | null;
  readonly durationMs: number;
  /** The first kilobyte of the response body. */
  readonly response: string;
}

/** The delivery of an event to a webhook, with its attempts. */
export interface Delivery {
  /** `dlv_…` */
  readonly id: string;
  readonly webhookId: string;
  readonly event: { readonly id: string; readonly type: WebhookEventType };
  readonly status: "pending" | "delivered" | "failed";
  /** The error of the last attempt; `endpoint_disabled` where no attempt was made because the webhook is off. */
  readonly error: string | null;
  /** The last 20 attempts, oldest first. */
  readonly attempts: DeliveryAttempt[];
  readonly nextAttemptAt: Time | null;
  readonly createdAt: Time;
  readonly deliveredAt: Time | null;
}

export interface DeliveryWithPayload extends Delivery {
  /** The request body as it is sent. */
  readonly payload: WebhookEvent;
}

export type DeliveryStatus = Delivery["status"];

export interface RotateOptions extends RequestOptions {
  /** The new secret, as for `create`. Default: the server generates one. */
  readonly secret?: string | undefined;
  /** How many hours the previous secret signs too: 0 to 24 (default 24). */
  readonly overlapHours?: number | undefined;
}

export interface DeliveryFilters {
  readonly status?: DeliveryStatus | undefined;
}

/**
 * The calls for webhooks. An application sees only its own webhooks, and they receive only `audio.uploaded`,
 * `user.followed` and `purchase.completed`. All calls throw `LoopspaceError`. Verify what a webhook receives with
 * `verifyWebhook`.
 */
export class Webhooks {
  constructor(private readonly transport: Transport) {}

  /** Creates a webhook and returns it with its secret, which is not returned again. At most 20 per environment. */
  async create(
    { url, events, secret }: NewWebhook,
    options: RequestOptions = {},
  ): Promise<WebhookWithSecret> {
    return this.transport.json({ ...options, method: "POST", path: PATH, json: { url, events, secret } });
  }

  /** Returns a page of the caller's webhooks, newest first. */
  async getAll({ page, limit, ...options }: PageOptions = {}): Promise<Page<Webhook>> {
    return this.transport.json({ ...options, method: "GET", path: PATH, query: { page, limit } });
  }

  /** Iterates the caller's webhooks, newest first. */
  all(options: RequestOptions = {}): AsyncGenerator<Webhook, void, undefined> {
    return everyItem((page) => this.getAll({ ...options, ...page }));
  }

  /** Returns a webhook, without its secret. */
  async get(webhookId: string, options: RequestOptions = {}): Promise<Webhook> {
    return this.transport.json({ ...options, method: "GET", path: pathOf(webhookId) });
  }

  /** Changes a webhook, or switches it off or on, and returns it. */
  async update(webhookId: string, change: WebhookChange, options: RequestOptions = {}): Promise<Webhook> {
    return this.transport.json({ ...options, method: "PATCH", path: pathOf(webhookId), json: change });
  }

  /** Deletes a webhook with its deliveries. Pending ones are not sent. */
  async delete(webhookId: string, options: RequestOptions = {}): Promise<void> {
    return this.transport.delete(pathOf(webhookId), options);
  }

  /** Replaces the secret of a webhook and returns the webhook with the new one, which is not returned again. */
  async rotateSecret(
    webhookId: string,
    { secret, overlapHours, ...options }: RotateOptions = {},
  ): Promise<WebhookWithSecret> {
    const path = pathOf(webhookId, "/rotate-secret");
    return this.transport.json({ ...options, method: "POST", path, json: { secret, overlapHours } });
  }

  /**
   * Sends an event with made-up data and `example: true` to a webhook, and returns the pending delivery. Throws
   * `CONFLICT` while the webhook is off.
   */
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

  /** Returns a page of the deliveries of a webhook, newest first. They are kept for 30 days. */
  async getDeliveries(
    webhookId: string,
    { status, page, limit, ...options }: PageOptions & DeliveryFilters = {},
  ): Promise<Page<Delivery>> {
    const query = { status, page, limit };
    return this.transport.json({ ...options, method: "GET", path: pathOf(webhookId, "/deliveries"), query });
  }

  /** Iterates the deliveries of a webhook, newest first. */
  deliveries(
    webhookId: string,
    options: RequestOptions & DeliveryFilters = {},
  ): AsyncGenerator<Delivery, void, undefined> {
    return everyItem((page) => this.getDeliveries(webhookId, { ...options, ...page }));
  }

  /** Returns a delivery with its payload. */
  async getDelivery(deliveryId: string, options: RequestOptions = {}): Promise<DeliveryWithPayload> {
    return this.transport.json({ ...options, method: "GET", path: deliveryPathOf(deliveryId) });
  }

  /**
   * Sends the event of a delivery again with the same event id, whatever the status of the delivery is. Throws
   * `CONFLICT` while the webhook is off.
   */
  async redeliver(deliveryId: string, options: RequestOptions = {}): Promise<DeliveryWithPayload> {
    return this.transport.json({
      ...options,
      method: "POST",
      path: deliveryPathOf(deliveryId, "/redeliver"),
    });
  }

  /**
   * Sends the deliveries that failed since `since` again, oldest first. Returns how many; call again while `hasMore`
   * is true. Throws `CONFLICT` while the webhook is off.
   */
  async recover(
    webhookId: string,
    since: Date | Time,
    options: RequestOptions = {},
  ): Promise<{ readonly requeued: number; readonly hasMore: boolean }> {
    if (Number.isNaN(Number(new Date(since))))
      throw invalidArgument("since must be a Date or an ISO 8601 time");
    const json = { since: since instanceof Date ? since.toISOString() : since };
    return this.transport.json({ ...options, method: "POST", path: pathOf(webhookId, "/recover"), json });
  }
}
