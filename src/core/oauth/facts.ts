/** What contracts need as well. This module has no dependency on the server. */
export { isRedirectUri } from "./redirects.ts";
