import { z } from "zod";

/** Wakes somebody to look at a task. What is to be done stands in its row. */
export const taskMessageSchema = z.object({ kind: z.literal("task"), id: z.uuid() });

export type TaskMessage = z.output<typeof taskMessageSchema>;
