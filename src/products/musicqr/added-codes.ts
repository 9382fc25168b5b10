import type { AppContext } from "../../http/context.ts";
import type { AddOutcome } from "./domain/index.ts";
import { errorBody } from "./errors.ts";
import { isoTime } from "./to-wire.ts";

/** Builds the response to a request that added codes. It lists each code, also if storage refused some of them. */
export const addCodesResponse = (c: AppContext, outcome: AddOutcome, message: string) => {
  // If a code was verified before it was added, this isolate must not keep remembering it as unknown.
  for (const code of outcome.added) c.get("services").verifier.forget(code);
  const counts = {
    synced_count: outcome.added.length,
    skipped_count: outcome.existing.length + outcome.malformed.length,
  };
  const details = {
    new_codes: [...outcome.added],
    existing_codes: [...outcome.existing],
    invalid_codes: [...outcome.malformed],
  };
  if (outcome.failed.length > 0) {
    const error = errorBody({ code: "storage_failed" });
    const failed = { ...error, ...counts, details: { ...details, failed_codes: [...outcome.failed] } };
    return { complete: false as const, body: failed };
  }
  const timestamp = isoTime(Date.now());
  return {
    complete: true as const,
    body: { success: true as const, message, ...counts, details, timestamp },
  };
};
