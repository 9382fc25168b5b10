import type { z } from "@hono/zod-openapi";
import { errorAnswers, json } from "../../../http/operation.ts";
import { envelope, errorSchema } from "../contract/index.ts";

export { jsonBody } from "../../../http/operation.ts";

const REASONS = {
  400: "The request does not match the schema or cannot be carried out",
  401: "The token is missing or not valid, or its session has ended",
  402: "The wallet does not have enough credits",
  403: "The caller is not allowed to do this",
  404: "It does not exist, or the caller has no access to it",
  409: "The current state does not allow this",
  413: "The body or the file is too large",
  416: "The range is outside the file; `Content-Range` gives the length of the file",
  422: "The `Idempotency-Key` was used for another request",
  429: "Too many requests; `Retry-After` gives the seconds to wait",
  500: "The server failed; nothing was charged",
  503: "The service is not available at present",
} as const;

/** The error responses of an operation in the shape of the API document. Each operation may answer 429 and 500. */
export const errors = errorAnswers(REASONS, [429, 500], errorSchema);

/** A successful response with `schema` in the envelope. */
export const data = <T extends z.ZodType>(description: string, schema: T) =>
  json(description, envelope(schema));

/** A multipart form that contains a file. */
export const formBody = <T extends z.ZodType>(schema: T) => ({
  required: true,
  content: { "multipart/form-data": { schema } },
});

export const BEARER_SECURITY = [{ StudioBearer: [] }];
/** For the public square, where a token is optional. */
export const OPTIONAL_SECURITY = [{ StudioBearer: [] }, {}];

export const TAGS = {
  users: "Studio: users",
  generation: "Studio: generation",
  works: "Studio: works",
  square: "Studio: square",
  assistant: "Studio: assistant",
  uploads: "Studio: uploads",
  config: "Studio: providers",
  socket: "Studio: live updates",
} as const;
