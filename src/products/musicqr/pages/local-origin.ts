import type { AppContext } from "../../../http/context.ts";
import { printedOrigin } from "../routes/admin-print.ts";

const LOCAL_HOST = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** Whether QR codes made now lead to this computer only, where no phone follows them. */
export const leadsHereOnly = (c: AppContext): boolean => LOCAL_HOST.test(new URL(printedOrigin(c)).hostname);
