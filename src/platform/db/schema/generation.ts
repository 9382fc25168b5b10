import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** Generation tasks. The row holds the state; queue messages only make a consumer look at the row. */
export const tasks = sqliteTable(
  "tasks",
  {
    /** UUID */
    id: text("id").primaryKey(),
    userId: integer("user_id").notNull(),
    /** The product that received the request. */
    product: text("product").notNull(),
    kind: text("kind", { enum: ["video", "image"] }).notNull(),
    prompt: text("prompt").notNull(),
    /** The owner's title for the work; null while the prompt is the title. */
    title: text("title"),
    /** JSON of the other parameters of the request. */
    params: text("params").notNull(),
    /** The model that the client requested; null for the default. */
    requestedModel: text("requested_model"),
    /**
     * The provider and model that run the task, chosen at submit together with the price. Null for tasks from before
     * these columns, until they start.
     */
    provider: text("provider"),
    model: text("model"),
    /** The provider's own name of the model at the time of submit. */
    vendorModel: text("vendor_model"),
    state: text("state", { enum: ["PENDING", "PROCESSING", "COMPLETED", "FAILED", "CANCELLED"] }).notNull(),
    /** 0 to 100 */
    progress: integer("progress").notNull().default(0),
    /** The charged price in credits. */
    cost: integer("cost").notNull(),
    /** The number of attempts since the last one that made progress. */
    attempts: integer("attempts").notNull().default(0),
    /** When the claim of the consumer that works on the task ends. */
    claimedUntil: integer("claimed_until").notNull().default(0),
    /**
     * When the latest call that starts the task at a provider was begun. If it is set without `provider_job`, it is
     * unknown whether the provider received the call.
     */
    startedAt: integer("started_at"),
    /** The provider's id of the job. */
    providerJob: text("provider_job"),
    /** When a consumer must look at the task again; null once the task has ended and is cleaned up. */
    wakeAt: integer("wake_at"),
    deadlineAt: integer("deadline_at").notNull(),
    /** The reason of a failure: one of our codes, never a provider's message. */
    failure: text("failure"),
    /** JSON of the generated images: their media types and sizes. Null for videos. */
    images: text("images"),
    /** The file of the video, or of the first image: R2 key, media type and size. */
    mediaKey: text("media_key"),
    mediaType: text("media_type"),
    mediaBytes: integer("media_bytes"),
    thumbnailKey: text("thumbnail_key"),
    thumbnailType: text("thumbnail_type"),
    /** The unguessable part of the share link; null while the work is not shared. */
    shareToken: text("share_token").unique(),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
    finishedAt: integer("finished_at"),
    /** When the owner deleted the task. It is hidden from then on; its objects and then its row are deleted later. */
    deletedAt: integer("deleted_at"),
  },
  (t) => [
    index("tasks_by_user").on(t.userId, t.product, t.createdAt, t.id).where(sql`deleted_at IS NULL`),
    index("tasks_by_wake").on(t.wakeAt).where(sql`wake_at IS NOT NULL`),
  ],
);
