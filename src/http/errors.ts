import { HTTPException } from "hono/http-exception";
import type { DomainError } from "../lib/domain-error.ts";
import { errorFields, log } from "../platform/logger.ts";
import type { AppContext } from "./context.ts";

export const BODY_BROKEN: DomainError = {
  code: "request_broken",
  detail: "the body was cut off or is not framed as its headers say",
};

/**
 * Whether this error came from reading the request's body: it was cut off, badly framed, or not a form. Hono caches
 * the promise of each read. The message alone is not enough, because D1 and Durable Objects fail with the same text.
 */
const isFromReadingBody = async (c: AppContext, error: unknown): Promise<boolean> => {
  const reads = await Promise.allSettled(Object.values(c.req.bodyCache));
  return reads.some((read) => read.status === "rejected" && read.reason === error);
};

/** Maps an exception of a library to an expected failure; any other exception is a bug or an outage (`internal`). */
export const failureOf = async (c: AppContext, error: unknown): Promise<DomainError> => {
  if (await isFromReadingBody(c, error)) return BODY_BROKEN;
  if (error instanceof HTTPException) {
    if (error.status === 413) return { code: "body_too_large", limitBytes: 0 };
    if (error.status >= 400 && error.status < 500) return { code: "body_not_json" };
  }
  return { code: "internal" };
};

/** Logs the exception, whose details the answer must not show. */
export const reportException = (c: AppContext, error: unknown): void => {
  log("error", "request.failed", { id: c.get("requestId") ?? "", ...errorFields(error) });
};
