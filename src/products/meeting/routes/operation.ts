import type { z } from "@hono/zod-openapi";
import { errorAnswers, json } from "../../../http/operation.ts";
import { envelope, errorSchema } from "../wire.ts";

export { jsonBody } from "../../../http/operation.ts";

const REASONS = {
  400: "The request is not as described (1001, 1002, 2002, 3001, 4002)",
  401: "No valid token, or a wrong password (1004)",
  403: "Not for this account (2003, 2004)",
  404: "No such thing, or it is somebody else's (1003, 2001, 3002)",
  409: "Its present state does not allow this",
  410: "The upload has ended",
  412: "Another version of tus, see `Tus-Version`",
  413: "The body or the file is too large",
  415: "The body is no chunk of an upload",
  416: "The file has no such range; `Content-Range` says its length",
  460: "The chunk does not sum up to its checksum",
  429: "Too many requests; `Retry-After` says when to come back",
  500: "The platform failed",
  503: "Nobody can do this at present (4001)",
} as const;

/** The errors of an operation, in the document's shape; 429 and 500 are every operation's. */
export const errors = errorAnswers(REASONS, [429, 500], errorSchema);

/** An answer in the envelope. */
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
