import type { AppContext } from "../../../http/context.ts";
import { printedOrigin } from "../../../http/origins.ts";
import { isLoopbackOrigin } from "../../../platform/origins.ts";

/** Whether QR codes made now lead to this computer only, where no phone follows them. */
export const leadsHereOnly = (c: AppContext): boolean => isLoopbackOrigin(printedOrigin(c));
