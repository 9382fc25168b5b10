import type { Scope } from "../../../core/developer/index.ts";
import { errorAnswers } from "../../../http/operation.ts";
import { errorSchema } from "../wire.ts";

export { json, jsonBody } from "../../../http/operation.ts";

const REASONS = {
  400: "The request is not as described (`INVALID_REQUEST`)",
  401: "No valid token or API key (`UNAUTHORIZED`)",
  402: "Not enough credits (`INSUFFICIENT_CREDITS`)",
  403: "The token, the key or the account may not do this (`INSUFFICIENT_SCOPE`, `FORBIDDEN`)",
  404: "No such thing, or it is somebody else's (`NOT_FOUND`)",
  409: "Its present state does not allow this (`CONFLICT`)",
  410: "It has run out",
  412: "Another version of the protocol",
  413: "The body or the file is too large (`FILE_TOO_LARGE`)",
  415: "The file is none of the formats that are taken (`UNSUPPORTED_FORMAT`), or the body no chunk of an upload",
  416: "The file has no such range; `Content-Range` says its length",
  422: "The `Idempotency-Key` was used for another request (`IDEMPOTENCY_KEY_REUSED`)",
  429: "Too many requests (`RATE_LIMIT_EXCEEDED`); `retryAfter` and `Retry-After` say when to come back",
  460: "The checksum is another",
  500: "The platform failed (`INTERNAL_ERROR`)",
} as const;

/** The errors of an operation; 429 and 500 are every operation's. */
export const errors = errorAnswers(REASONS, [429, 500], errorSchema);

/** A key, a token of an application that has the scope, or a first-party token. */
export const secured = (...scopes: Scope[]) => [
  { LoopspaceKey: [] },
  { LoopspaceOAuth: scopes },
  { LoopspaceSession: [] },
];
/** The same, or nothing. */
export const open = (...scopes: Scope[]) => [...secured(...scopes), {}];
/** An application says who it is in this header, or in the body. */
export const CLIENT_SECURITY = [{ OAuthClientBasic: [] }, {}];
export const OWNER_SECURITY = [{ LoopspaceSession: [] }];

export const TAGS = {
  oauth: "Loopspace: OAuth",
  developer: "Loopspace: developers",
  audio: "Loopspace: audio",
  users: "Loopspace: users",
  webhooks: "Loopspace: webhooks",
} as const;
