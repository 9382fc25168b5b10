import type { SQL } from "drizzle-orm";
import { z } from "zod";
import type { Environment } from "../access/index.ts";
import { PAYMENT_METHODS } from "../payments/facts.ts";
import { APP_EVENT_TYPES, type EventType } from "./facts.ts";

/** ISO 8601, UTC. */
const time = z.string();

const person = z.object({ id: z.string(), username: z.string(), name: z.string() });

/** The data of each event type. Numbers are plain decimals, times are ISO 8601. */
export const EVENT_DATA = {
  /** Sent to the account that uploaded the track, once the track is playable. */
  "audio.uploaded": z.object({
    id: z.string(),
    title: z.string(),
    genre: z.string(),
    tags: z.array(z.string()),
    visibility: z.enum(["public", "private"]),
    /** Credits. */
    price: z.int(),
    /** Seconds. */
    duration: z.number(),
  }),
  /** Sent to the followed account. */
  "user.followed": z.object({ follower: person, followee: z.object({ id: z.string() }) }),
  /** Sent to the seller. */
  "purchase.completed": z.object({
    id: z.string(),
    audio: z.object({ id: z.string(), title: z.string() }),
    buyer: person,
    /** Credits. */
    price: z.int(),
  }),
  "generation.completed": z.object({
    id: z.string(),
    product: z.string(),
    kind: z.enum(["video", "image"]),
    model: z.string().nullable(),
    /** Credits. */
    cost: z.int(),
    submittedAt: time,
  }),
  /** The credits of the failed task were refunded. */
  "generation.failed": z.object({
    id: z.string(),
    product: z.string(),
    kind: z.enum(["video", "image"]),
    model: z.string().nullable(),
    /** Credits. */
    cost: z.int(),
    submittedAt: time,
    failure: z.string(),
  }),
  /** Sent to the host. */
  "meeting.ended": z.object({
    id: z.int(),
    code: z.string(),
    title: z.string(),
    startedAt: time.nullable(),
    endedAt: time,
  }),
  "order.paid": z.object({
    id: z.string(),
    kind: z.enum(["credits", "vip"]),
    /** Credits bought; 0 for VIP. */
    credits: z.int(),
    /** Months of VIP; 0 for credits. */
    months: z.int(),
    /** In the currency's smallest unit. */
    amountMinor: z.int(),
    currency: z.string(),
    method: z.enum(PAYMENT_METHODS),
    paidAt: time,
  }),
} as const satisfies Record<EventType, z.ZodType>;

export type EventData<T extends EventType = EventType> = z.output<(typeof EVENT_DATA)[T]>;

export const isForApps = (type: EventType): boolean =>
  (APP_EVENT_TYPES as readonly EventType[]).includes(type);

const PERSON = { id: "user_123e4567e89b12d3a456426614174000", username: "listener", name: "A Listener" };
const TASK = {
  id: "7b0c1f0e-4f5c-4f57-9a0e-0d3f7c2b9a11",
  product: "sora",
  kind: "video",
  model: "veo-3.1-fast",
  cost: 5,
  submittedAt: "2026-11-21T08:00:00.000Z",
} as const;

/** An example event of each type, sent on request and shown in the API documents. */
export const EXAMPLES: { readonly [T in EventType]: EventData<T> } = {
  "audio.uploaded": {
    id: "audio_Zm9vYmFyYmF6cXV4MTIz",
    title: "Rain on the roof",
    genre: "ambient",
    tags: ["rain", "calm"],
    visibility: "public",
    price: 0,
    duration: 180.5,
  },
  "user.followed": { follower: PERSON, followee: { id: "user_00112233445566778899aabbccddeeff" } },
  "purchase.completed": {
    id: "purchase_Zm9vYmFyYmF6cXV4MTIz",
    audio: { id: "audio_Zm9vYmFyYmF6cXV4MTIz", title: "Rain on the roof" },
    buyer: PERSON,
    price: 20,
  },
  "generation.completed": TASK,
  "generation.failed": { ...TASK, failure: "provider_failed" },
  "meeting.ended": {
    id: 42,
    code: "BCD-FGH-JKL",
    title: "Weekly",
    startedAt: "2026-11-21T08:00:00.000Z",
    endedAt: "2026-11-21T08:45:00.000Z",
  },
  "order.paid": {
    id: "0f8fad5b-d9cb-469f-a165-70867728950e",
    kind: "credits",
    credits: 100,
    months: 0,
    amountMinor: 1_000,
    currency: "CNY",
    method: "ALIPAY",
    paidAt: "2026-11-21T08:00:00.000Z",
  },
};

/** An event to be sent to the endpoints of one account. */
export type NewEvent = {
  [T in EventType]: {
    readonly type: T;
    /** The account whose endpoints receive the event: an id, or an SQL expression for it. */
    readonly userId: number | SQL;
    readonly environment: Environment;
    readonly data: EventData<T>;
    /** ms UTC */
    readonly at: number;
    /** The event is written only if this condition holds before the statements of its transaction run. */
    readonly when?: SQL;
  };
}[EventType];

/** The content of an event's body. */
export interface EventBody {
  readonly id: string;
  readonly type: EventType;
  /** ms UTC */
  readonly at: number;
  readonly data: EventData;
  /** Whether this is an example and not a real event. */
  readonly isExample?: boolean;
}

const wellFormed = (_: string, value: unknown): unknown =>
  typeof value === "string" ? value.toWellFormed() : value;

/**
 * Returns the exact body that is sent. A receiver may parse and serialize it again before it checks the signature, as
 * the one in the guide does, so JSON.stringify must reproduce it. Lone surrogates are replaced, because parsers in
 * other languages reject them.
 */
export const bodyOf = ({ id, type, at, data, isExample }: EventBody): string =>
  JSON.stringify(
    { id, type, createdAt: new Date(at).toISOString(), data, ...(isExample && { example: true }) },
    wellFormed,
  );
