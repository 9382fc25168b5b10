import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { users } from "./identity.ts";
import { oauthClients } from "./oauth.ts";

/** The endpoints that receive a developer's events. Times are ms UTC. */
export const webhookEndpoints = sqliteTable(
  "webhook_endpoints",
  {
    /** `wh_…` */
    id: text("id").primaryKey(),
    userId: integer("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    environment: text("environment", { enum: ["live", "sandbox"] }).notNull(),
    /**
     * The application that created the endpoint for the account; null for the account's own endpoints. A trigger
     * deletes the endpoint when the account has no grant with the scope `webhooks` for the application any more.
     */
    clientId: text("client_id").references(() => oauthClients.id, { onDelete: "cascade" }),
    url: text("url").notNull(),
    events: text("events", { mode: "json" }).$type<readonly string[]>().notNull(),
    /** The signing secret, encrypted with `CONFIG_KEY`. */
    secretCipher: text("secret_cipher").notNull(),
    secretKeyId: text("secret_key_id").notNull(),
    /** The previous signing secret. Until `previousUntil`, deliveries carry a signature of each secret. */
    previousCipher: text("previous_cipher"),
    previousKeyId: text("previous_key_id"),
    previousUntil: integer("previous_until"),
    /** The reason why the endpoint is disabled; null while it is enabled. */
    disabledReason: text("disabled_reason", { enum: ["owner", "gone", "failing"] }),
    /** When the present series of failures began; null after a success. */
    failingSince: integer("failing_since"),
    lastFailureAt: integer("last_failure_at"),
    /** Until then the endpoint gets few deliveries at a time, because it answered slowly. */
    slowUntil: integer("slow_until"),
    /** When the owner was notified that the endpoint was disabled. */
    ownerToldAt: integer("owner_told_at"),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (t) => [
    index("webhook_endpoints_by_user").on(t.userId, t.environment, t.createdAt),
    index("webhook_endpoints_by_client").on(t.clientId, t.userId),
    index("webhook_endpoints_untold")
      .on(t.updatedAt)
      .where(sql`disabled_reason IN ('gone', 'failing') AND owner_told_at IS NULL`),
  ],
);

/** Events, written in the transaction of the change that they report if an endpoint subscribes to their type. */
export const webhookEvents = sqliteTable(
  "webhook_events",
  {
    /** `evt_…`, the header `webhook-id`; the same in every delivery of the event. */
    id: text("id").primaryKey(),
    userId: integer("user_id").notNull(),
    environment: text("environment").notNull(),
    type: text("type").notNull(),
    /** The exact body that is sent. */
    body: text("body").notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (t) => [index("webhook_events_created_at").on(t.createdAt)],
);

/** Deliveries, one for each event and endpoint. */
export const webhookDeliveries = sqliteTable(
  "webhook_deliveries",
  {
    /** `dlv_…` */
    id: text("id").primaryKey(),
    eventId: text("event_id")
      .notNull()
      .references(() => webhookEvents.id, { onDelete: "cascade" }),
    endpointId: text("endpoint_id")
      .notNull()
      .references(() => webhookEndpoints.id, { onDelete: "cascade" }),
    status: text("status", { enum: ["pending", "delivered", "failed"] }).notNull(),
    attempts: integer("attempts").notNull().default(0),
    /** When the next attempt is due, or for a claimed delivery when the claim ends; null once it is settled. */
    nextAt: integer("next_at"),
    /** When the claim of the consumer that sends the delivery ends. */
    claimedUntil: integer("claimed_until"),
    /** The HTTP status of the last attempt; null if there was no answer. */
    lastStatus: integer("last_status"),
    lastError: text("last_error"),
    /** The duration of the last attempt in ms. */
    lastTook: integer("last_took"),
    createdAt: integer("created_at").notNull(),
    deliveredAt: integer("delivered_at"),
  },
  (t) => [
    uniqueIndex("webhook_deliveries_once").on(t.eventId, t.endpointId),
    index("webhook_deliveries_by_endpoint").on(t.endpointId, t.createdAt, t.id),
    index("webhook_deliveries_failed").on(t.endpointId, t.createdAt, t.id).where(sql`status = 'failed'`),
    index("webhook_deliveries_due").on(t.nextAt).where(sql`status = 'pending'`),
  ],
);

/** The log of all attempts of deliveries. */
export const webhookAttempts = sqliteTable(
  "webhook_attempts",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    deliveryId: text("delivery_id")
      .notNull()
      .references(() => webhookDeliveries.id, { onDelete: "cascade" }),
    at: integer("at").notNull(),
    status: integer("status"),
    error: text("error"),
    /** The duration in ms. */
    took: integer("took").notNull(),
    /** The beginning of the answer's body. */
    response: text("response").notNull(),
  },
  (t) => [index("webhook_attempts_by_delivery").on(t.deliveryId, t.id)],
);
