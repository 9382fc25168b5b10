import { z } from "zod";

/** A message on the queue: somebody is to look at a delivery. */
export const deliveryMessageSchema = z.object({ deliveryId: z.string().min(1).max(64) });
