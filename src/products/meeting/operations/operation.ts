import type { z } from "@hono/zod-openapi";
import { errorAnswers, json } from "../../../http/operation.ts";
import { envelope, errorSchema } from "../contract/index.ts";

export { jsonBody } from "../../../http/operation.ts";

const REASONS = {
  400: "The request does not match the schema or cannot be carried out (1001, 1002, 2002, 3001, 4002)",
  401: "The token is missing or not valid, or the password is wrong (1004)",
  403: "The caller is not allowed to do this (2003, 2004)",
  404: "It does not exist, or the caller has no access to it (1003, 2001, 3002)",
  409: "The current state does not allow this",
  410: "The upload has ended",
  412: "The version of tus is not supported; see `Tus-Version`",
  413: "The body or the file is too large",
  415: "The `Content-Type` is not that of an upload chunk",
  416: "The range is outside the file; `Content-Range` gives the length of the file",
  460: "The chunk does not match its checksum",
  429: "Too many requests; `Retry-After` gives the seconds to wait",
  500: "The server failed",
  503: "The service is not available at present (4001)",
} as const;

/** The error responses of an operation in the shape of the API document. Each operation may answer 429 and 500. */
export const errors = errorAnswers(REASONS, [429, 500], errorSchema);

/** A successful response with `schema` in the envelope. */
export const data = <T extends z.ZodType>(description: string, schema: T) =>
  json(description, envelope(schema));

export const BEARER_SECURITY = [{ MeetingBearer: [] }];
export const OPTIONAL_SECURITY = [{ MeetingBearer: [] }, {}];

export const TAGS = {
  auth: "Meeting: sign-in",
  users: "Meeting: users",
  meetings: "Meeting: meetings",
  media: "Meeting: files",
  ai: "Meeting: AI audio",
} as const;
