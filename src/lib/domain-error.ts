/** One thing that is wrong with a request. `path` is dotted (`codes.3.code`), empty for the whole body. */
export interface Issue {
  readonly path: string;
  readonly message: string;
}

/** What a request can name that may not be there, or not be its caller's: both are the same to it. */
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

/** Why a resumable upload refuses a request: what its protocol has a status of its own for. */
export type UploadRefusal = "version" | "offset" | "checksum" | "concatenation" | "content_type" | "gone";

/** Why a value cannot be a hex API key: it is the text of a promise, or it is not 64 hex digits. */
export type KeyProblem = "not_awaited" | "not_hex";

/** Why an application is refused, in the words of RFC 6749 and RFC 8707. */
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
 * Every failure the platform expects, as a closed union. A product maps each of them to its wire format in one
 * exhaustive table; whatever is not in here is a bug or an outage and ends as a 500 with the request id.
 */
export type DomainError =
  | { readonly code: "invalid_request"; readonly issues: readonly Issue[] }
  | { readonly code: "body_not_json" }
  | { readonly code: "body_too_large"; readonly limitBytes: number }
  /** The body was cut off, its framing or the Host header cannot be read. */
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
  /** Of a caller that asks for something else than a new password. */
  | { readonly code: "current_password_wrong" }
  | { readonly code: "token_invalid" }
  | { readonly code: "forbidden"; readonly detail?: string }
  | { readonly code: "not_found"; readonly what: Resource }
  /** `own`: what the wallet holds without credits that were given, where only such pay. */
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
