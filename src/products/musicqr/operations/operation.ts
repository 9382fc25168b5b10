import { errorAnswers } from "../../../http/operation.ts";
import { errorSchema } from "../contract.ts";

export { json, jsonBody } from "../../../http/operation.ts";

const REASONS = {
  400: "The request does not match the schema",
  401: "The API key or the session is missing or not valid",
  403: "The write was sent from another origin",
  404: "The code does not exist",
  409: "The code already exists",
  413: "The body is too large",
  415: "The `Content-Type` of the body is not supported",
  429: "Too many requests; `Retry-After` gives the seconds to wait",
  500: "The server failed; nothing was stored unless the response says so",
} as const;

/** The error responses of an operation in the shape of the API document. */
export const errors = errorAnswers(REASONS, [], errorSchema);

export const API_KEY_SECURITY = [{ MusicQRApiKey: [] }];
export const SESSION_SECURITY = [{ MusicQRSession: [] }];

export const TAGS = {
  public: "MusicQR: public",
  keyed: "MusicQR: API key",
  admin: "MusicQR: administration",
} as const;
