import { errorAnswers } from "../../../http/operation.ts";
import { errorSchema } from "../wire.ts";

export { json, jsonBody } from "../../../http/operation.ts";

const REASONS = {
  400: "The request is not as described",
  401: "No valid access token, or its session has ended",
  402: "The wallet does not hold enough credits",
  403: "Not for this account",
  404: "No such thing, or it is somebody else's",
  409: "Its present state does not allow this",
  413: "The body is too large",
  416: "The file has no such range; `Content-Range` says its length",
  422: "The `Idempotency-Key` was used for another request",
  429: "Too many requests; `Retry-After` says when to come back",
  500: "The platform failed; nothing was charged",
  503: "Nobody can do this at present",
} as const;

/** The errors of an operation, in the document's shape; 429 and 500 are every operation's. */
export const errors = errorAnswers(REASONS, [429, 500], errorSchema);

export const BEARER_SECURITY = [{ SoraBearer: [] }];
export const COOKIE_SECURITY = [{ SoraRefreshCookie: [] }];

export const TAGS = {
  auth: "Sora: sign-in",
  users: "Sora: users",
  videos: "Sora: videos",
  credits: "Sora: credits",
  orders: "Sora: orders",
} as const;
