import { errorAnswers } from "../../../http/operation.ts";
import { errorSchema } from "../wire.ts";

export { json, jsonBody } from "../../../http/operation.ts";

const REASONS = {
  400: "The request is not as described",
  401: "No valid API key or session",
  403: "The write comes from another origin",
  404: "No such code",
  409: "The code exists already",
  413: "The body is too large",
  415: "The body is of another type",
  429: "Too many requests; `Retry-After` says when to come back",
  500: "The platform failed; nothing was stored unless the answer says so",
} as const;

/** The errors of an operation, in the document's shape. */
export const errors = errorAnswers(REASONS, [], errorSchema);

export const API_KEY_SECURITY = [{ MusicQRApiKey: [] }];
export const SESSION_SECURITY = [{ MusicQRSession: [] }];

export const TAGS = {
  public: "MusicQR: public",
  keyed: "MusicQR: API key",
  admin: "MusicQR: administration",
} as const;
