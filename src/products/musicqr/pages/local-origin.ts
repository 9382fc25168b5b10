import type { AppContext } from "../../../http/context.ts";
import { printedOrigin } from "../../../http/origins.ts";
import { isLoopbackOrigin } from "../../../platform/origins.ts";

/** Whether QR codes made now contain a loopback address, which no phone can open. */
export const printsLoopbackOrigin = (c: AppContext): boolean => isLoopbackOrigin(printedOrigin(c));
