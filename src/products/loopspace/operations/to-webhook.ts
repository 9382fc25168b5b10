/** Converts webhooks and deliveries to the wire format of the contract. */

import type { z } from "@hono/zod-openapi";
import type { Delivery, DeliveryWithBody, Endpoint, EndpointOwner } from "../../../core/webhooks/index.ts";
import type { AppContext } from "../../../http/context.ts";
import { isoTime, nullableIsoTime } from "../../../lib/clock.ts";
import type {
  deliverySchema,
  deliveryWithPayloadSchema,
  environmentQuery,
  webhookSchema,
} from "../contract/index.ts";

export const endpointOwnerOf = (
  c: AppContext,
  { environment }: z.output<typeof environmentQuery>,
): EndpointOwner => {
  const access = c.get("access");
  const isFree = access.credential === "session" && environment !== undefined;
  const { user, sessionId, clientId, credential } = access;
  return {
    userId: user.id,
    environment: isFree ? environment : access.environment,
    sessionId,
    clientId,
    credential,
  };
};

export const toWebhookWire = (endpoint: Endpoint): z.output<typeof webhookSchema> => ({
  id: endpoint.id,
  url: endpoint.url,
  events: [...endpoint.events],
  environment: endpoint.environment,
  clientId: endpoint.clientId,
  enabled: endpoint.disabledReason === null,
  disabledReason: endpoint.disabledReason,
  failingSince: nullableIsoTime(endpoint.failingSince),
  previousSecretUntil: nullableIsoTime(endpoint.previousSecretUntil),
  createdAt: isoTime(endpoint.createdAt),
  updatedAt: isoTime(endpoint.updatedAt),
});

export const toDeliveryWire = (delivery: Delivery): z.output<typeof deliverySchema> => ({
  id: delivery.id,
  webhookId: delivery.endpointId,
  event: { id: delivery.eventId, type: delivery.type },
  status: delivery.status,
  error: delivery.lastError,
  attempts: delivery.attempts.map(({ at, status, error, took, response }) => ({
    at: isoTime(at),
    status,
    error,
    durationMs: took,
    response,
  })),
  nextAttemptAt: nullableIsoTime(delivery.nextAt),
  createdAt: isoTime(delivery.createdAt),
  deliveredAt: nullableIsoTime(delivery.deliveredAt),
});

export const toDeliveryWithPayload = (
  delivery: DeliveryWithBody,
): z.output<typeof deliveryWithPayloadSchema> => ({
  ...toDeliveryWire(delivery),
  payload: JSON.parse(delivery.body) as Record<string, unknown>,
});
