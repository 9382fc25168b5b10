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
 * Every expected failure of the platform, as a closed union. Each product maps all of them to its wire format in an
 * exhaustive table. Any other failure is a bug or an outage and becomes a 500 with the request id.
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
