import { z } from "zod";

/** Makes the consumer look at a task. The message carries only the id: the row says what has to be done. */
export const taskMessageSchema = z.object({ kind: z.literal("task"), id: z.uuid() });
