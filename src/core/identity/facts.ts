/** Facts of accounts that contracts need as well. This module has no dependency on the server. */
import { DAY_MS } from "../../lib/clock.ts";

/** How long a session stays valid without a refresh. */
export const SESSION_IDLE_TTL_MS = 7 * DAY_MS;
