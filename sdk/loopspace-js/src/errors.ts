/** The error codes of the platform, and those of this package (from `INVALID_ARGUMENT` on). */
export type LoopspaceErrorCode =
  | "INVALID_REQUEST"
  | "UNAUTHORIZED"
  | "INSUFFICIENT_CREDITS"
  | "INSUFFICIENT_SCOPE"
  | "FORBIDDEN"
  | "NOT_FOUND"
  | "CONFLICT"
  | "PRICE_CHANGED"
  | "UPLOAD_REFUSED"
  | "FILE_TOO_LARGE"
  | "UNSUPPORTED_FORMAT"
  | "UNSUPPORTED_MEDIA_TYPE"
  | "METHOD_NOT_ALLOWED"
  | "RANGE_NOT_SATISFIABLE"
  | "IDEMPOTENCY_KEY_REUSED"
  | "RATE_LIMIT_EXCEEDED"
  | "INTERNAL_ERROR"
  | "UNAVAILABLE"
  /** An argument of the call is invalid; nothing was sent. */
  | "INVALID_ARGUMENT"
  /** The `environment` option is not the environment of the key or token; nothing was sent. */
  | "WRONG_ENVIRONMENT"
  /** The server could not be reached, or the connection broke. */
  | "CONNECTION_FAILED"
  /** An attempt took longer than `timeout`, or `waitUntilReady` longer than `within`. */
  | "TIMEOUT"
  /** The response is not one of Loopspace's API; a proxy may have sent it. */
  | "UNEXPECTED_ANSWER"
  /** The file given to resume an upload has another length than the upload; nothing was sent. */
  | "FILE_CHANGED"
  /** The server could not process the track: see `waitUntilReady`. */
  | "PROCESSING_FAILED"
  /** See `verifyWebhook`. */
  | "SIGNATURE_INVALID"
  // Keeps the type open for codes that the platform adds later, without losing completion for the known ones.
  | (string & Record<never, never>);

export interface LoopspaceErrorDetails {
  /** HTTP status; undefined where there was no response. */
  readonly status?: number | undefined;
  /** Identifies the request when you contact support. */
  readonly requestId?: string | undefined;
  /** Seconds to wait before another attempt, where the server gave them. */
  readonly retryAfter?: number | undefined;
  readonly cause?: unknown;
}

/**
 * The error that this package throws. Errors from the caller's own code are passed on unchanged: the reason of an
 * `AbortSignal`, an error of an uploaded stream, and what the `accessToken` function or `onUploadUrl` throws.
 */
export class LoopspaceError extends Error {
  override readonly name = "LoopspaceError";
  readonly code: LoopspaceErrorCode;
  /** HTTP status; undefined where there was no response. */
  readonly status: number | undefined;
  /** Identifies the request when you contact support. */
  readonly requestId: string | undefined;
  /** Seconds to wait before another attempt, where the server gave them. */
  readonly retryAfter: number | undefined;

  constructor(code: LoopspaceErrorCode, message: string, details: LoopspaceErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.status = details.status;
    this.requestId = details.requestId;
    this.retryAfter = details.retryAfter;
  }
}

export const invalidArgument = (message: string): LoopspaceError =>
  new LoopspaceError("INVALID_ARGUMENT", message);

/** The codes of responses without an error body of the API: to HEAD, or from a proxy. */
const CODES: Readonly<Record<number, LoopspaceErrorCode>> = {
  400: "INVALID_REQUEST",
  401: "UNAUTHORIZED",
  402: "INSUFFICIENT_CREDITS",
  403: "FORBIDDEN",
  404: "NOT_FOUND",
  409: "CONFLICT",
  410: "NOT_FOUND",
  413: "FILE_TOO_LARGE",
  415: "UNSUPPORTED_FORMAT",
  429: "RATE_LIMIT_EXCEEDED",
};

const codeOf = (status: number): LoopspaceErrorCode =>
  CODES[status] ?? (status >= 500 ? "UNAVAILABLE" : "UNEXPECTED_ANSWER");

interface ErrorBody {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly retryAfter?: unknown;
  readonly requestId?: unknown;
}

const parseBody = (text: string): ErrorBody => {
  try {
    return (JSON.parse(text) as { error?: ErrorBody } | null)?.error ?? {};
  } catch {
    return {};
  }
};

/** Returns the seconds of a `Retry-After` header, which may also be an HTTP date. */
const secondsOf = (header: string | null): number | undefined => {
  if (header === null || header.trim() === "") return undefined;
  const seconds = /^\d+$/.test(header.trim())
    ? Number(header)
    : Math.ceil((Date.parse(header) - Date.now()) / 1_000);
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined;
};

/** Converts a response that is not a success, with its body, to an error. */
export const errorOf = (response: Response, text: string): LoopspaceError => {
  const { status, headers } = response;
  const { code, message, retryAfter, requestId } = parseBody(text);
  return new LoopspaceError(
    typeof code === "string" ? code : codeOf(status),
    typeof message === "string" ? message : `HTTP ${status}`,
    {
      status,
      requestId: typeof requestId === "string" ? requestId : (headers.get("x-request-id") ?? undefined),
      retryAfter: typeof retryAfter === "number" ? retryAfter : secondsOf(headers.get("retry-after")),
    },
  );
};
