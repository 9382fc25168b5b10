import type { z } from "@hono/zod-openapi";

/** Describes a JSON response of an operation. */
export const json = <T extends z.ZodType>(description: string, schema: T) => ({
  description,
  content: { "application/json": { schema } },
});

/**
 * Describes a required JSON body. The `example` must be a valid request, because imported clients send it as it is.
 */
export const jsonBody = <T extends z.ZodType>(schema: T, example?: z.input<T>) => ({
  required: true,
  content: { "application/json": { schema, ...(example !== undefined && { example }) } },
});

/**
 * Returns a function that describes the error responses of a product's operations. `reasons` gives the meaning of
 * each status; `always` lists the statuses that every operation may answer with.
 */
export const errorAnswers =
  <R extends Readonly<Record<number, string>>, A extends keyof R & number, T extends z.ZodType>(
    reasons: R,
    always: readonly A[],
    schema: T,
  ) =>
  <S extends keyof R & number>(...statuses: S[]) =>
    Object.fromEntries(
      [...statuses, ...always].map((status) => [status, json(reasons[status] as string, schema)]),
    ) as { [K in S | A]: ReturnType<typeof json<T>> };
