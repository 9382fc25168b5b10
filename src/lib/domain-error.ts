/** One thing that is wrong with a request. `path` is dotted (`codes.3.code`), empty for the whole body. */
export interface Issue {
  readonly path: string;
  readonly message: string;
}

/**
 * Every failure the platform expects, as a closed union. A product maps each of them to its wire format in one
 * exhaustive table; whatever is not in here is a bug or an outage and ends as a 500 with the request id.
 */
export type DomainError =
  | { readonly code: "invalid_request"; readonly issues: readonly Issue[] }
  | { readonly code: "body_not_json" }
  | { readonly code: "body_too_large"; readonly limitBytes: number }
  | { readonly code: "route_not_found" }
  | { readonly code: "rate_limited"; readonly retryAfterSeconds: number }
  | { readonly code: "api_key_invalid" }
  | { readonly code: "credentials_invalid" }
  | { readonly code: "session_required" }
  | { readonly code: "origin_forbidden" }
  | { readonly code: "code_malformed" }
  | { readonly code: "code_unknown" }
  | { readonly code: "code_exists" }
  | { readonly code: "storage_failed" }
  | { readonly code: "internal" };

export type DomainErrorCode = DomainError["code"];
