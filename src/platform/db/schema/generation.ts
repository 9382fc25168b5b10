import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** Generation tasks. The row is the truth; queue messages only wake somebody who looks at it. */
export const tasks = sqliteTable(
  "tasks",
  {
    /** UUID */
    id: text("id").primaryKey(),
    userId: integer("user_id").notNull(),
    /** The product it was asked for through. */
    product: text("product").notNull(),
    kind: text("kind", { enum: ["video", "image"] }).notNull(),
    prompt: text("prompt").notNull(),
    /** What its owner calls what was made; null while that is the prompt. */
    title: text("title"),
    /** JSON of the rest of what was asked. */
    params: text("params").notNull(),
    /** The model the client named; null for the default. */
    requestedModel: text("requested_model"),
    /** Provider and model that do the work, chosen with the price at submit. Null for tasks of before that, until one is started. */
    provider: text("provider"),
    model: text("model"),
    /** The provider's own name of the model, as it was at submit. */
    vendorModel: text("vendor_model"),
    state: text("state", { enum: ["PENDING", "PROCESSING", "COMPLETED", "FAILED", "CANCELLED"] }).notNull(),
    /** 0 to 100 */
    progress: integer("progress").notNull().default(0),
    /** Credits it was charged. */
    cost: integer("cost").notNull(),
    /** Looks at it since the last one that came to something. */
    attempts: integer("attempts").notNull().default(0),
    /** Until when a consumer holds it. */
    claimedUntil: integer("claimed_until").notNull().default(0),
    /** When a provider was first asked to make it: without a job beside it nobody knows whether it was delivered. */
    startedAt: integer("started_at"),
    /** The provider's id of the job. */
    providerJob: text("provider_job"),
    /** When somebody has to look at it again; null once it is settled and cleaned up. */
    wakeAt: integer("wake_at"),
    deadlineAt: integer("deadline_at").notNull(),
    /** Why it failed: a code of ours, never a provider's words. */
    failure: text("failure"),
    /** JSON of the images that were made: their types and sizes. Null for videos. */
    images: text("images"),
    /** Of the video, or the first image. */
    mediaKey: text("media_key"),
    mediaType: text("media_type"),
    mediaBytes: integer("media_bytes"),
    thumbnailKey: text("thumbnail_key"),
    thumbnailType: text("thumbnail_type"),
    /** Unguessable; null while it is not shared. */
    shareToken: text("share_token").unique(),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
    finishedAt: integer("finished_at"),
    /** Hidden from then on; its objects and then its row go next. */
    deletedAt: integer("deleted_at"),
  },
  (t) => [
    index("tasks_by_user").on(t.userId, t.product, t.createdAt, t.id).where(sql`deleted_at IS NULL`),
    index("tasks_by_wake").on(t.wakeAt).where(sql`wake_at IS NOT NULL`),
  ],
);
