import { z } from "@hono/zod-openapi";
import { type Environment, SCOPES } from "../../../core/access/facts.ts";
import { MAX_PAGE_SIZE, MAX_SKIPPED } from "./limits.ts";

export type { Environment } from "../../../core/access/facts.ts";

export const time = z.string().openapi({ format: "date-time", example: "2026-11-21T08:00:00.000Z" });

export const errorSchema = z
  .object({
    error: z.object({
      code: z.string().openapi({ example: "RATE_LIMIT_EXCEEDED" }),
      message: z.string(),
      retryAfter: z.int().optional().openapi({ description: "Seconds" }),
      requestId: z.string().openapi({ example: "req_1f0c9a4be27d5d3f6a10" }),
    }),
  })
  .openapi("LoopspaceError");

export const scopeSchema = z.enum(SCOPES);

export const environmentSchema = z
  .enum(["live", "sandbox"] satisfies Environment[])
  // Named, because code generators name an inline enum themselves and gave two enums the same name.
  .openapi("LoopspaceEnvironment");

/** The environment in a request: `production` is accepted for `live`, as the guide and the SDKs write it. */
export const requestedEnvironmentSchema = z
  .enum(["live", "production", "sandbox"])
  .transform((wanted): Environment => (wanted === "production" ? "live" : wanted))
  .openapi("LoopspaceRequestedEnvironment");

/** The `page` and `limit` of a list. Out of range, or a page that starts after the first 10,000 rows, is 400. */
export const pageQuery = z
  .object({
    page: z.coerce
      .number()
      .int()
      .min(1)
      .max(MAX_SKIPPED + 1)
      .default(1)
      .openapi({ example: 1, description: "The page has to start within the first 10,000 rows of the list" }),
    limit: z.coerce.number().int().min(1).max(MAX_PAGE_SIZE).default(20).openapi({ example: 50 }),
  })
  .refine(({ page, limit }) => (page - 1) * limit <= MAX_SKIPPED, {
    path: ["page"],
    message: `must start within the first ${MAX_SKIPPED} rows of the list`,
  });

export type PageQuery = z.output<typeof pageQuery>;

export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({
    data: z.array(item),
    page: z.int(),
    limit: z.int(),
    total: z.int(),
    hasMore: z.boolean().openapi({ description: "Whether the next page has rows" }),
  });

/** A page of a list. */
export interface Page<T> {
  readonly data: T[];
  readonly total: number;
  readonly hasMore: boolean;
}
