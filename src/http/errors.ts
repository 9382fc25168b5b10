import { HTTPException } from "hono/http-exception";
import type { DomainError } from "../lib/domain-error.ts";
import { errorFields, log } from "../platform/logger.ts";
import type { AppContext } from "./context.ts";

/** The expected failure behind an exception a library threw; anything else is a bug or an outage. */
export const failureOf = (error: unknown): DomainError => {
  if (error instanceof HTTPException) {
    if (error.status === 413) return { code: "body_too_large", limitBytes: 0 };
    if (error.status >= 400 && error.status < 500) return { code: "body_not_json" };
  }
  return { code: "internal" };
};

/** Says in the log what the client is not told. */
export const reportException = (c: AppContext, error: unknown): void => {
  log("error", "request.failed", { id: c.get("requestId") ?? "", ...errorFields(error) });
};
