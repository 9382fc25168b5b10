/** Facts of the wallet that contracts and pages need as well. This module has no dependency on the server. */

/** The credits that a new account receives. */
export const SIGNUP_CREDITS = 50;
