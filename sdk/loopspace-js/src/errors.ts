/** What the platform says, and what this package says itself where nothing was answered. */
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
  | "RATE_LIMIT_EXCEEDED"
  | "INTERNAL_ERROR"
  | "UNAVAILABLE"
  /** The call cannot be right: nothing was sent. */
  | "INVALID_ARGUMENT"
  /** The client's environment is not that of its key or token: nothing was sent. */
  | "WRONG_ENVIRONMENT"
  | "CONNECTION_FAILED"
  | "TIMEOUT"
  /** Whatever answered, it was not Loopspace. */
  | "UNEXPECTED_ANSWER"
  /** An upload is gone on with by another file: nothing was sent. */
  | "FILE_CHANGED"
  /** The track came to nothing: see `waitUntilReady`. */
  | "PROCESSING_FAILED"
  /** See `verifyWebhook`. */
  | "SIGNATURE_INVALID"
  // Whatever the platform learns to say.
  | (string & Record<never, never>);

export interface LoopspaceErrorDetails {
  /** HTTP status, where there was an answer. */
  readonly status?: number | undefined;
  /** What to ask the platform's people about. */
  readonly requestId?: string | undefined;
  /** Seconds until another try makes sense. */
  readonly retryAfter?: number | undefined;
  readonly cause?: unknown;
}

/**
 * What this package throws. Only what comes from its caller is thrown as it is: the reason of an `AbortSignal`, what a stream
 * fails with that is uploaded, what a function for the token or `onUploadUrl` throws.
 */
export class LoopspaceError extends Error {
  override readonly name = "LoopspaceError";
  readonly code: LoopspaceErrorCode;
  /** HTTP status; undefined where there was no answer. */
  readonly status: number | undefined;
  /** What to ask the platform's people about. */
  readonly requestId: string | undefined;
  /** Seconds until another try makes sense. */
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

/** Where an answer has no body to say it: that of HEAD, or of a proxy on the way. */
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

/** Seconds of a `Retry-After` header, which may be a date. */
const secondsOf = (header: string | null): number | undefined => {
  if (header === null || header.trim() === "") return undefined;
  const seconds = /^\d+$/.test(header.trim())
    ? Number(header)
    : Math.ceil((Date.parse(header) - Date.now()) / 1_000);
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined;
};

/** The error an answer is. */
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
