import type { AddOutcome } from "../../core/codes/index.ts";
import type { AppContext } from "../../http/context.ts";
import { errorBody } from "./errors.ts";
import { isoTime } from "./wire.ts";

/** What a request that added codes is answered: everything is said, also where storage refused a part. */
export const addedCodes = (c: AppContext, outcome: AddOutcome, message: string) => {
  // A code somebody asked for before it was added must not stay "unknown" here.
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
