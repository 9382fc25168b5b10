import type { Time, Visibility } from "./models.js";

/** Somebody, as an event names them. */
export interface Person {
  readonly id: string;
  readonly username: string;
  readonly name: string;
}

interface Generation {
  readonly id: string;
  readonly product: string;
  readonly kind: "video" | "image";
  readonly model: string | null;
  /** Credits. */
  readonly cost: number;
  readonly submittedAt: Time;
}

/** What each event says. */
export interface WebhookEventData {
  /** A track of the account can be heard. */
  readonly "audio.uploaded": {
    readonly id: string;
    readonly title: string;
    /** Empty where there is none. */
    readonly genre: string;
    readonly tags: string[];
    readonly visibility: Visibility;
    /** Credits. */
    readonly price: number;
    /** Seconds. */
    readonly duration: number;
  };
  /** Somebody follows the account. */
  readonly "user.followed": { readonly follower: Person; readonly followee: { readonly id: string } };
  /** Somebody bought a track of the account. */
  readonly "purchase.completed": {
    readonly id: string;
    readonly audio: { readonly id: string; readonly title: string };
    readonly buyer: Person;
    /** Credits. */
    readonly price: number;
  };
  readonly "generation.completed": Generation;
  readonly "generation.failed": Generation & { readonly failure: string };
  /** A meeting the account hosts. */
  readonly "meeting.ended": {
    readonly id: number;
    readonly code: string;
    readonly title: string;
    readonly startedAt: Time | null;
    readonly endedAt: Time;
  };
  readonly "order.paid": {
    readonly id: string;
    readonly kind: "credits" | "vip";
    /** Credits bought; 0 for VIP. */
    readonly credits: number;
    /** Months of VIP; 0 for credits. */
    readonly months: number;
    /** In the currency's smallest unit. */
    readonly amountMinor: number;
    readonly currency: string;
    readonly method: "ALIPAY" | "WECHAT" | "STRIPE";
    readonly paidAt: Time;
  };
}

export type WebhookEventType = keyof WebhookEventData;

/** The body of a delivery; `type` tells what `data` is. */
export type WebhookEvent = {
  readonly [T in WebhookEventType]: {
    /** `evt_…`: the same however often it is delivered. */
    readonly id: string;
    readonly type: T;
    /** When it happened. */
    readonly createdAt: Time;
    readonly data: WebhookEventData[T];
    /** Of what never happened: see `webhooks.sendExample`. */
    readonly example?: true;
  };
}[WebhookEventType];
