import type { Scope } from "../../../core/access/index.ts";
import { errorAnswers } from "../../../http/operation.ts";
import { errorSchema } from "../contract/index.ts";

export { json, jsonBody } from "../../../http/operation.ts";

const REASONS = {
  400: "The request is not valid (`INVALID_REQUEST`)",
  401: "No valid token or API key (`UNAUTHORIZED`)",
  402: "Not enough credits (`INSUFFICIENT_CREDITS`)",
  403: "The token or key lacks the scope (`INSUFFICIENT_SCOPE`), or the account is not allowed to do this (`FORBIDDEN`)",
  404: "It does not exist, or the caller may not see it (`NOT_FOUND`)",
  409: "The current state does not allow this (`CONFLICT`)",
  410: "The upload has ended",
  412: "The version of the tus protocol is not supported",
  413: "The body or the file is too large (`FILE_TOO_LARGE`)",
  415: "The file format is not supported (`UNSUPPORTED_FORMAT`), or the body is not a chunk of an upload",
  416: "The range is outside the file; `Content-Range` gives its length in bytes",
  422: "The `Idempotency-Key` was used for another request (`IDEMPOTENCY_KEY_REUSED`)",
  429: "Too many requests (`RATE_LIMIT_EXCEEDED`); `retryAfter` and `Retry-After` give the seconds to wait",
  460: "The bytes do not match `Upload-Checksum`",
  500: "The platform failed (`INTERNAL_ERROR`)",
} as const;

/** Describes the error responses of an operation. Every operation has 429 and 500. */
export const errors = errorAnswers(REASONS, [429, 500], errorSchema);

/** Security of operations that need an API key, an application's token with the scopes, or a session token. */
export const requireScopes = (...scopes: Scope[]) => [
  { LoopspaceKey: [] },
  { LoopspaceOAuth: scopes },
  { LoopspaceSession: [] },
];
/** Security of operations that guests may call too. */
export const guestOrScopes = (...scopes: Scope[]) => [...requireScopes(...scopes), {}];
/**
 * Security of the token operations: the application authenticates in the header or, therefore optional, in the body.
 */
export const CLIENT_SECURITY = [{ OAuthClientBasic: [] }, {}];
export const OWNER_SECURITY = [{ LoopspaceSession: [] }];

export const TAGS = {
  oauth: "Loopspace: OAuth",
  developer: "Loopspace: developers",
  audio: "Loopspace: audio",
  users: "Loopspace: users",
  webhooks: "Loopspace: webhooks",
} as const;
