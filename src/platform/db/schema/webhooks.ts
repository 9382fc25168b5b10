import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { users } from "./identity.ts";
import { oauthClients } from "./oauth.ts";

/** Where developers want to be told. Times are ms UTC. */
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
     * The application that made it on the account's behalf; null for the account's own. A trigger removes it when the
     * account lets the application in no longer.
     */
    clientId: text("client_id").references(() => oauthClients.id, { onDelete: "cascade" }),
    url: text("url").notNull(),
    events: text("events", { mode: "json" }).$type<readonly string[]>().notNull(),
    /** The signing secret, sealed with `CONFIG_KEY`. */
    secretCipher: text("secret_cipher").notNull(),
    secretKeyId: text("secret_key_id").notNull(),
    /** The one before it, which signs beside it until then. */
    previousCipher: text("previous_cipher"),
    previousKeyId: text("previous_key_id"),
    previousUntil: integer("previous_until"),
    /** Null while it is on; else why it is off. */
    disabledReason: text("disabled_reason", { enum: ["owner", "gone", "failing"] }),
    /** Since when nothing has been delivered; null after a success. */
    failingSince: integer("failing_since"),
    lastFailureAt: integer("last_failure_at"),
    /** Until when it gets few deliveries at a time, because it takes long to answer. */
    slowUntil: integer("slow_until"),
    /** When its owner was told that it was switched off. */
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

/** What happened. Written in the transaction in which it happens, only where somebody wants to be told. */
export const webhookEvents = sqliteTable(
  "webhook_events",
  {
    /** `evt_…`, the `webhook-id`: the same however often it is sent. */
    id: text("id").primaryKey(),
    userId: integer("user_id").notNull(),
    environment: text("environment").notNull(),
    type: text("type").notNull(),
    /** The body as it is sent, to the byte. */
    body: text("body").notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (t) => [index("webhook_events_created_at").on(t.createdAt)],
);

/** An event on its way to an endpoint. */
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
    /** When the next attempt is due; null once it is settled. */
    nextAt: integer("next_at"),
    /** Until when somebody is sending it. */
    claimedUntil: integer("claimed_until"),
    /** HTTP status of the last attempt; null where there was no answer. */
    lastStatus: integer("last_status"),
    lastError: text("last_error"),
    /** ms */
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

/** The log: each attempt of a delivery. */
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
    /** ms */
    took: integer("took").notNull(),
    /** The beginning of the answer. */
    response: text("response").notNull(),
  },
  (t) => [index("webhook_attempts_by_delivery").on(t.deliveryId, t.id)],
);
