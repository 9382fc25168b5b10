import type { z } from "@hono/zod-openapi";
import { errorAnswers, json } from "../../../http/operation.ts";
import { envelope, errorSchema } from "../wire.ts";

export { jsonBody } from "../../../http/operation.ts";

const REASONS = {
  400: "The request is not as described",
  401: "No valid token, or its session has ended",
  402: "The wallet does not hold enough",
  403: "Not for this account",
  404: "No such thing, or it is somebody else's",
  409: "Its present state does not allow this",
  413: "The body or the file is too large",
  416: "The file has no such range; `Content-Range` says its length",
  422: "The `Idempotency-Key` was used for another request",
  429: "Too many requests; `Retry-After` says when to come back",
  500: "The platform failed; nothing was charged",
  503: "Nobody can do this at present",
} as const;

/** The errors of an operation, in the document's shape; 429 and 500 are every operation's. */
export const errors = errorAnswers(REASONS, [429, 500], errorSchema);

/** An answer in the envelope. */
export const data = <T extends z.ZodType>(description: string, schema: T) =>
  json(description, envelope(schema));

/** A form with a file in it. */
export const formBody = <T extends z.ZodType>(schema: T) => ({
  required: true,
  content: { "multipart/form-data": { schema } },
});

export const BEARER_SECURITY = [{ StudioBearer: [] }];
/** The square: signed in or not. */
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
