import type { DomainError } from "../lib/domain-error.ts";
import { UPLOAD_REFUSALS } from "./tus-refusals.ts";

/** Returns English detail for the developer of a client. Undefined if the message says everything. */
export const detailOf = (failure: DomainError): string | undefined => {
  switch (failure.code) {
    case "invalid_request":
      return failure.issues.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join("; ");
    case "body_too_large":
      return failure.limitBytes > 0 ? `at most ${failure.limitBytes} bytes` : "the body is too large";
    case "method_not_allowed":
      return `allowed: ${failure.allow.join(", ")}`;
    case "range_unsatisfiable":
      return `the file has ${failure.size} bytes`;
    case "rate_limited":
      return `try again in ${failure.retryAfterSeconds} s`;
    case "scope_missing":
      return `it needs the scope ${failure.scope}`;
    case "insufficient_credits":
      return failure.own === undefined
        ? `${failure.needed} credits are needed`
        : `the track costs ${failure.needed} and the account has ${failure.own} that were bought or earned; credits that were given (at sign-up or as a gift) pay for generation, not for tracks`;
    case "state_conflict":
      return `the ${failure.what} is ${failure.state.toLowerCase().replaceAll("_", " ")}`;
    case "model_unknown":
      return `no model is called ${failure.model}`;
    case "not_found":
      return `${failure.what} not found`;
    case "upload_refused":
      return UPLOAD_REFUSALS[failure.reason].detail;
    case "request_broken":
    case "content_type_unsupported":
    case "forbidden":
    case "media_unsupported":
    case "upload_failed":
    case "ai_failed":
    case "oauth_refused":
      return failure.detail;
    default:
      return undefined;
  }
};
