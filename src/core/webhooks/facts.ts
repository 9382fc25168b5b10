/** Lists that contracts and pages need as well. This module has no dependency on the server. */

/**
 * The event types that an application may receive from accounts that authorized it. Its scopes cover only Loopspace;
 * the other events are about the account's activity in other products.
 */
export const APP_EVENT_TYPES = ["audio.uploaded", "user.followed", "purchase.completed"] as const;

export const EVENT_TYPES = [
  ...APP_EVENT_TYPES,
  "generation.completed",
  "generation.failed",
  "meeting.ended",
  "order.paid",
] as const;

export type EventType = (typeof EVENT_TYPES)[number];

/**
 * The limit per account and environment. Each application that the account authorized has the same limit of its own.
 */
export const MAX_ENDPOINTS = 20;

/** The longest time for which a rotated secret still signs together with its successor. */
export const MAX_OVERLAP_HOURS = 24;
