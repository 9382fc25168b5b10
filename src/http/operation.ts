import type { z } from "@hono/zod-openapi";

/** A JSON answer of an operation. */
export const json = <T extends z.ZodType>(description: string, schema: T) => ({
  description,
  content: { "application/json": { schema } },
});

/** A required JSON body. */
/** `example` works as it stands: clients that import the document send it. */
export const jsonBody = <T extends z.ZodType>(schema: T, example?: z.input<T>) => ({
  required: true,
  content: { "application/json": { schema, ...(example !== undefined && { example }) } },
});

/**
 * The errors of a product's operations: `reasons` says what each status means there, `always` are the statuses any of
 * its operations may answer with.
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
