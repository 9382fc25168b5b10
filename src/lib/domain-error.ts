/** A validation error. `path` names the field with dots (`codes.3.code`) and is empty for the whole body. */
export interface Issue {
  readonly path: string;
  readonly message: string;
}

/** The resources that can be "not found". A resource of another account is reported as if it did not exist. */
export type Resource =
  | "user"
  | "session"
  | "task"
  | "order"
  | "share"
  | "avatar"
  | "provider"
  | "work"
  | "conversation"
  | "upload"
  | "meeting"
  | "file"
  | "track"
  | "key"
  | "app"
  | "webhook"
  | "delivery"
  | "purchase";

/** Why a resumable upload refuses a request, for the reasons that have their own status or message. */
export type UploadRefusal = "version" | "offset" | "checksum" | "concatenation" | "content_type" | "gone";

/**
 * Why a value cannot be a hex API key: it is the text of a promise (the client forgot an `await`), or it is not 64
 * hex digits.
 */
export type KeyProblem = "not_awaited" | "not_hex";

/** Why an OAuth request is refused: error codes of RFC 6749 and RFC 8707. */
export type OAuthReason =
  | "access_denied"
  | "invalid_client"
  | "invalid_grant"
  | "invalid_request"
  | "invalid_scope"
  | "invalid_target"
  | "unauthorized_client"
  | "unsupported_grant_type"
  | "unsupported_response_type";

/**
 * Every failure the platform expects, as a closed union. `ERROR_CATEGORIES` gives each its category, a product its wire
 * format. Anything else is a bug or an outage and is answered with 500 and the request id.
 */
export type DomainError =
  | { readonly code: "invalid_request"; readonly issues: readonly Issue[] }
  | { readonly code: "body_not_json" }
  | { readonly code: "body_too_large"; readonly limitBytes: number }
  /** The body was cut off, or its framing or the Host header is invalid. */
  | { readonly code: "request_broken"; readonly detail: string }
  | { readonly code: "route_not_found" }
  | { readonly code: "method_not_allowed"; readonly allow: readonly string[] }
  | { readonly code: "content_type_unsupported"; readonly detail: string }
  | { readonly code: "range_unsatisfiable"; readonly size: number }
  | { readonly code: "rate_limited"; readonly retryAfterSeconds: number }
  | { readonly code: "api_key_invalid"; readonly problem?: KeyProblem }
  | { readonly code: "credentials_invalid" }
  | { readonly code: "session_required" }
  | { readonly code: "scope_missing"; readonly scope: string }
  | { readonly code: "oauth_refused"; readonly reason: OAuthReason; readonly detail: string }
  | { readonly code: "origin_forbidden" }
  | { readonly code: "code_malformed" }
  | { readonly code: "code_unknown" }
  | { readonly code: "code_exists" }
  | { readonly code: "username_taken" }
  | { readonly code: "email_taken" }
  | { readonly code: "password_wrong" }
  /** The caller's current password is wrong in a request other than a change of password. */
  | { readonly code: "current_password_wrong" }
  | { readonly code: "token_invalid" }
  | { readonly code: "forbidden"; readonly detail?: string }
  | { readonly code: "not_found"; readonly what: Resource }
  /** `own` is the balance without gifted credits, where gifted credits are not accepted. */
  | { readonly code: "insufficient_credits"; readonly needed: number; readonly own?: number }
  | { readonly code: "state_conflict"; readonly what: Resource; readonly state: string }
  | { readonly code: "media_unsupported"; readonly detail?: string }
  | { readonly code: "media_gone" }
  | { readonly code: "idempotency_key_reused" }
  | { readonly code: "idempotency_in_progress" }
  | { readonly code: "model_unknown"; readonly model: string }
  | { readonly code: "provider_unavailable" }
  | { readonly code: "payment_unavailable" }
  | { readonly code: "amount_mismatch" }
  | { readonly code: "meeting_ended" }
  | { readonly code: "meeting_full" }
  | { readonly code: "meeting_password_wrong" }
  | { readonly code: "upload_failed"; readonly detail: string }
  | { readonly code: "upload_refused"; readonly reason: UploadRefusal }
  | { readonly code: "ai_unavailable" }
  | { readonly code: "ai_failed"; readonly detail: string; readonly isOurs: boolean }
  | { readonly code: "storage_failed" }
  | { readonly code: "internal" };

export type DomainErrorCode = DomainError["code"];

/** The failures with these codes: `Failure<"not_found" | "forbidden">`. */
export type Failure<C extends DomainErrorCode> = Extract<DomainError, { readonly code: C }>;

/** What kind of failure it is. The category decides the default HTTP status. */
export type ErrorCategory =
  | "invalid"
  | "unauthenticated"
  | "unpaid"
  | "forbidden"
  | "not_found"
  | "method_not_allowed"
  | "conflict"
  | "too_large"
  | "unsupported"
  | "out_of_range"
  | "unprocessable"
  | "limited"
  | "failed"
  | "unavailable";

export const ERROR_CATEGORIES = {
  invalid_request: "invalid",
  body_not_json: "invalid",
  body_too_large: "too_large",
  route_not_found: "not_found",
  request_broken: "invalid",
  method_not_allowed: "method_not_allowed",
  content_type_unsupported: "unsupported",
  range_unsatisfiable: "out_of_range",
  rate_limited: "limited",
  api_key_invalid: "unauthenticated",
  credentials_invalid: "unauthenticated",
  session_required: "unauthenticated",
  scope_missing: "forbidden",
  oauth_refused: "invalid",
  origin_forbidden: "forbidden",
  code_malformed: "invalid",
  code_unknown: "not_found",
  code_exists: "conflict",
  username_taken: "conflict",
  email_taken: "conflict",
  password_wrong: "invalid",
  current_password_wrong: "forbidden",
  token_invalid: "invalid",
  forbidden: "forbidden",
  not_found: "not_found",
  insufficient_credits: "unpaid",
  state_conflict: "conflict",
  media_unsupported: "invalid",
  media_gone: "not_found",
  idempotency_key_reused: "unprocessable",
  idempotency_in_progress: "conflict",
  model_unknown: "invalid",
  provider_unavailable: "unavailable",
  payment_unavailable: "unavailable",
  amount_mismatch: "invalid",
  meeting_ended: "invalid",
  meeting_full: "forbidden",
  meeting_password_wrong: "forbidden",
  upload_failed: "invalid",
  upload_refused: "conflict",
  ai_unavailable: "unavailable",
  ai_failed: "invalid",
  storage_failed: "failed",
  internal: "failed",
} as const satisfies Record<DomainErrorCode, ErrorCategory>;
