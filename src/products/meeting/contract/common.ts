import { z } from "@hono/zod-openapi";

export const time = z.string().openapi({ format: "date-time", example: "2025-10-03T10:00:00.000Z" });

/** The envelope of every successful response. */
export const envelope = <T extends z.ZodType>(data: T) =>
  z.object({
    code: z.int().openapi({ description: "The HTTP status", example: 200 }),
    message: z.string().openapi({ example: "Success" }),
    data,
    timestamp: time,
  });

export const errorSchema = z
  .object({
    code: z.int().openapi({ description: "The business code where one applies, else the HTTP status" }),
    message: z.string(),
    error: z.string(),
    timestamp: time,
    request_id: z.string(),
  })
  .openapi("MeetingError");

export const emptySchema = z.object({});

export const pageQuery = z.object({
  page: z.coerce.number().int().min(1).max(1_000_000).default(1).openapi({ example: 1 }),
  page_size: z.coerce.number().int().min(1).max(100).default(10).openapi({ example: 10 }),
});

const number = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER);
export const idParams = z.object({ id: number.openapi({ param: { name: "id", in: "path" }, example: 100 }) });

/** An ISO 8601 time. A time without a zone is read as UTC. */
export const timeInput = z
  .string()
  .trim()
  .max(40)
  .transform((text, ctx) => {
    const isZoned = /([zZ]|[+-]\d\d:?\d\d)$/.test(text);
    const ms = /^\d{4}-\d\d-\d\d/.test(text)
      ? Date.parse(isZoned || !text.includes("T") ? text : `${text}Z`)
      : Number.NaN;
    if (Number.isNaN(ms)) {
      ctx.addIssue({ code: "custom", message: "must be an ISO 8601 date or date-time" });
      return z.NEVER;
    }
    return ms;
  })
  .openapi({ type: "string", format: "date-time", example: "2025-10-03T10:00:00Z" });
