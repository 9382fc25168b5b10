import { z } from "zod";

/** A queue message that makes a consumer look at a delivery. */
export const deliveryMessageSchema = z.object({ deliveryId: z.string().min(1).max(64) });
