import { errorAnswers } from "../../../http/operation.ts";
import { errorSchema } from "../contract.ts";

export { json, jsonBody } from "../../../http/operation.ts";

const REASONS = {
  400: "The request does not match the schema or cannot be carried out",
  401: "The token is missing or not valid, or its session has ended",
  402: "The wallet does not have enough credits",
  403: "The caller is not allowed to do this",
  404: "It does not exist, or the caller has no access to it",
  409: "The current state does not allow this",
  413: "The body is too large",
  416: "The range is outside the file; `Content-Range` gives the length of the file",
  422: "The `Idempotency-Key` was used for another request",
  429: "Too many requests; `Retry-After` gives the seconds to wait",
  500: "The server failed; nothing was charged",
  503: "The service is not available at present",
} as const;

/** The error responses of an operation in the shape of the API document. Each operation may answer 429 and 500. */
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
