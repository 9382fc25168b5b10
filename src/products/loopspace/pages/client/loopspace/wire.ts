/** The fields of API responses that the console uses. Times are ISO 8601. */
export interface Page<T> {
  readonly data: readonly T[];
  readonly total: number;
  readonly hasMore: boolean;
}

export type Environment = "live" | "sandbox";
export type Visibility = "public" | "private";

export interface Track {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly genre: string | null;
  readonly tags: readonly string[];
  readonly status: "processing" | "ready" | "failed";
  readonly failure?: "undecodable" | "too_long" | "internal";
  readonly visibility: Visibility;
  readonly price: number;
  readonly duration: number | null;
  readonly streamUrl: string;
  readonly stats: { readonly playsCount: number; readonly salesCount: number };
}

export const SCOPES = [
  "audio:read",
  "audio:write",
  "users:read",
  "users:write",
  "webhooks",
  "purchases",
] as const;

export interface Key {
  readonly id: string;
  readonly name: string;
  readonly environment: Environment;
  readonly prefix: string;
  readonly scopes: readonly string[];
  readonly lastUsedAt: string | null;
  readonly expiresAt: string | null;
}

export type IssuedKey = Key & { readonly key: string };

export interface App {
  readonly clientId: string;
  readonly name: string;
  readonly redirectUris: readonly string[];
  readonly public: boolean;
  readonly enabled: boolean;
}

export type IssuedApp = App & { readonly clientSecret: string | null };

/** The events that a webhook of an application may subscribe to. */
export const APP_EVENTS = ["audio.uploaded", "user.followed", "purchase.completed"] as const;

export const EVENTS = [
  ...APP_EVENTS,
  "generation.completed",
  "generation.failed",
  "meeting.ended",
  "order.paid",
] as const;

export interface Webhook {
  readonly id: string;
  readonly url: string;
  readonly events: readonly string[];
  readonly enabled: boolean;
  readonly disabledReason: "owner" | "gone" | "failing" | null;
  /** The application that created the webhook and owns it; null for the account itself. */
  readonly clientId: string | null;
}

export type WebhookWithSecret = Webhook & { readonly secret: string };

export interface Delivery {
  readonly id: string;
  readonly event: { readonly id: string; readonly type: string };
  readonly status: "pending" | "delivered" | "failed";
  readonly error: string | null;
  readonly attempts: readonly {
    readonly at: string;
    readonly status: number | null;
    readonly error: string | null;
    readonly durationMs: number;
    readonly response: string;
  }[];
  readonly nextAttemptAt: string | null;
  readonly createdAt: string;
}

export type DeliveryWithPayload = Delivery & { readonly payload: unknown };

interface Figures {
  readonly calls: number;
  readonly failures: number;
}

export interface Usage extends Figures {
  readonly data: readonly (Figures & { readonly day: string; readonly credential: string })[];
}

export interface Grant {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly createdAt: string;
  readonly lastUsedAt: string;
}
