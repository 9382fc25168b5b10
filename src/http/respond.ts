import type { TypedResponse } from "hono";
import type { JSONParsed } from "hono/utils/types";
import type { DomainError, DomainErrorCode } from "../lib/domain-error.ts";
import type { Result } from "../lib/result.ts";
import { type AppContext, fail as renderFailure } from "./context.ts";
import type { StatusOf } from "./error-table.ts";
import { type IdempotencyOptions, type ResourceId, runIdempotently } from "./idempotency.ts";

/** The answers to failures with the codes `C`: the error body of a product, with the status that it gives each code. */
export type FailureResponse<Overrides, Body, C extends DomainErrorCode> = C extends DomainErrorCode
  ? Response & TypedResponse<JSONParsed<Body>, StatusOf<Overrides, C>, "json">
  : never;

/** An answer of a handler that several products share: each describes its error body itself, so the types cannot check it. */
export const untyped = (answer: Promise<Response>): Promise<never> => answer as never;

/**
 * How the handlers of one product end. The types say which statuses a failure may be answered with, so a route that does
 * not declare one of them does not compile.
 */
export const typedResponses = <Overrides, Body>() => {
  type Refusal<C extends DomainErrorCode> = FailureResponse<Overrides, Body, C>;

  /**
   * Answers with a failure. The cast holds for JSON answers of `renderError`; a browser may get a page instead, and a
   * product may give single failures another status (Meeting's `ai_failed`, tus refusals).
   */
  const fail = <const E extends DomainError>(c: AppContext, error: E): Promise<Refusal<E["code"]>> =>
    Promise.resolve(renderFailure(c, error)) as never;

  /** Answers with `answer` of the value, or with the failure. */
  const respond = async <T, E extends DomainError, A extends Response>(
    c: AppContext,
    result: Result<T, E>,
    answer: (value: T) => A | Promise<A>,
  ): Promise<A | Refusal<E["code"]>> => (result.ok ? answer(result.value) : fail(c, result.error));

  /** Runs an operation that costs money, once for each `Idempotency-Key`. Without the header it just runs. */
  const idempotently = <A extends Response>(
    c: AppContext,
    run: (id: ResourceId) => Promise<A>,
    options?: IdempotencyOptions,
  ): Promise<A | Refusal<"idempotency_key_reused" | "idempotency_in_progress">> =>
    // A replayed answer has the type of the first one, whose body it repeats.
    runIdempotently(c, run, options) as never;

  return { fail, respond, idempotently };
};
