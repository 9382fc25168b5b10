import { z } from "zod";

/** Scans of one code by one device within one micro-batch. */
const scanSchema = z.object({
  code: z.string(),
  /** ms UTC of the last of them */
  at: z.number(),
  times: z.number().int().positive(),
  valid: z.boolean(),
  /** Whether one of them activated the code. */
  activated: z.boolean(),
  ip: z.string(),
  country: z.string().nullable(),
  userAgent: z.string(),
});

/** A message of the SCANS queue: a micro-batch. Its `id` makes it count once even if it is delivered repeatedly. */
export const scanBatchSchema = z.object({
  kind: z.literal("scans"),
  id: z.string(),
  scans: z.array(scanSchema),
});

export type CountedScan = z.infer<typeof scanSchema>;
export type ScanBatch = z.infer<typeof scanBatchSchema>;
