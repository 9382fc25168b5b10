import { typedResponses } from "../../http/respond.ts";
import type { ErrorStatuses, errorBody } from "./errors.ts";

/** How handlers end: their failures are checked against the statuses that the route declares. */
export const { fail, respond, idempotently } = typedResponses<ErrorStatuses, ReturnType<typeof errorBody>>();
