import type { Time, Visibility } from "./models.js";

/** The user that caused an event. */
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
  /** In credits. */
  readonly cost: number;
  readonly submittedAt: Time;
}

/** The data of each event type. */
export interface WebhookEventData {
  /** A track of the account is ready to play. */
  readonly "audio.uploaded": {
    readonly id: string;
    readonly title: string;
    /** Empty where the track has none. */
    readonly genre: string;
    readonly tags: string[];
    readonly visibility: Visibility;
    /** In credits; 0 is free. */
    readonly price: number;
    /** In seconds. */
    readonly duration: number;
  };
  /** A user followed the account. */
  readonly "user.followed": { readonly follower: Person; readonly followee: { readonly id: string } };
  /** A user bought a track of the account. */
  readonly "purchase.completed": {
    readonly id: string;
    readonly audio: { readonly id: string; readonly title: string };
    readonly buyer: Person;
    /** In credits. */
    readonly price: number;
  };
  /** A video or images were generated for the account. */
  readonly "generation.completed": Generation;
  /** A generation failed; its credits were refunded. */
  readonly "generation.failed": Generation & { readonly failure: string };
  /** A meeting that the account hosts has ended. */
  readonly "meeting.ended": {
    readonly id: number;
    readonly code: string;
    readonly title: string;
    readonly startedAt: Time | null;
    readonly endedAt: Time;
  };
  /** An order of the account was paid. */
  readonly "order.paid": {
    readonly id: string;
    readonly kind: "credits" | "vip";
    /** The credits that were bought; 0 for VIP. */
    readonly credits: number;
    /** The months of VIP that were bought; 0 for credits. */
    readonly months: number;
    /** The amount in the currency's smallest unit, such as cents. */
    readonly amountMinor: number;
    readonly currency: string;
    readonly method: "ALIPAY" | "WECHAT" | "STRIPE";
    readonly paidAt: Time;
  };
}

export type WebhookEventType = keyof WebhookEventData;

/** The body of a delivery. `type` determines the type of `data`. */
export type WebhookEvent = {
  readonly [T in WebhookEventType]: {
    /** `evt_…`: the same for every delivery of the event. */
    readonly id: string;
    readonly type: T;
    /** When the event happened. */
    readonly createdAt: Time;
    readonly data: WebhookEventData[T];
    /** Present in a test event, which did not happen: see `webhooks.sendExample`. */
    readonly example?: true;
  };
}[WebhookEventType];
