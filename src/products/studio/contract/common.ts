import { z } from "@hono/zod-openapi";
import { MAX_PAGE_SIZE } from "./limits.ts";

export const time = z.string().openapi({ format: "date-time", example: "2024-01-26T00:00:00.000Z" });

export const id = z.uuid().openapi({ example: "123e4567-e89b-12d3-a456-426614174000" });

const timestamp = z
  .int()
  .openapi({ description: "Milliseconds since 1970-01-01 UTC", example: 1_706_284_800_000 });

/** The envelope of every successful response. */
export const envelope = <T extends z.ZodType>(data: T) =>
  z.object({
    code: z.int().openapi({ description: "The HTTP status", example: 200 }),
    message: z.string().openapi({ example: "success" }),
    data,
    timestamp,
  });

export const errorSchema = z
  .object({
    code: z.int().openapi({ example: 400 }),
    message: z.string().openapi({ example: "请求参数错误" }),
    error: z.string().openapi({ description: "Details of the error", example: "prompt: Required" }),
    timestamp,
    requestId: z.string().openapi({ example: "req_1f0c9a4be27d5d3f6a10" }),
  })
  .openapi("StudioError");

export const emptySchema = z.object({});

/** The requested page of a list. Values out of range are refused with 400. */
export const pageQuery = z.object({
  page: z.coerce.number().int().min(1).max(1_000_000).default(1).openapi({ example: 1 }),
  pageSize: z.coerce.number().int().min(1).max(MAX_PAGE_SIZE).default(20).openapi({ example: 20 }),
});

export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({ list: z.array(item), total: z.int(), page: z.int(), pageSize: z.int() });

export const idParams = z.object({ id: id.openapi({ param: { name: "id", in: "path" } }) });

/** An optional number in a form, where each value is text. An empty text counts as absent. */
export const formNumber = (schema: z.ZodNumber) =>
  z.preprocess((value) => (value === "" ? undefined : value), z.coerce.number().pipe(schema).optional());

/** An optional form field. Forms send fields without input as empty strings, which count as absent. */
export const optionalFormField = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (value === "" ? undefined : value), schema.optional());

/** A page of a list. */
export interface Page<T> {
  readonly list: T[];
  readonly total: number;
}
