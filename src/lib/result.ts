import type { DomainError } from "./domain-error.ts";

/** The result of a core operation: a value, or an expected failure as data. Bugs and outages throw. */
export type Result<T, E extends DomainError = DomainError> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: E };

export const ok = <T>(value: T): { ok: true; value: T } => ({ ok: true, value });

export const err = <const E extends DomainError>(error: E): { ok: false; error: E } => ({ ok: false, error });
