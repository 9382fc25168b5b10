import ipaddr from "ipaddr.js";
import type { DomainError } from "../lib/domain-error.ts";
import type { AppContext } from "./context.ts";

/** Returns the IP address of the caller. The edge overwrites this header, so a client cannot forge it. */
export const clientAddress = (c: AppContext): string => c.req.header("cf-connecting-ip") ?? "127.0.0.1";

/**
 * Returns the key that rate limits count by: an IPv4 address as it is, and the /64 network of an IPv6 address,
 * because one customer usually controls a whole /64.
 */
export const clientNetwork = (c: AppContext): string => {
  const address = clientAddress(c);
  if (!address.includes(":") || !ipaddr.IPv6.isValid(address)) return address;
  const parsed = ipaddr.IPv6.parse(address);
  if (parsed.isIPv4MappedAddress()) return parsed.toIPv4Address().toString();
  return parsed.parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(":");
};

/** Returns the caller's country (ISO 3166-1 alpha-2); null where the edge does not know it. */
export const clientCountry = (c: AppContext): string | null => {
  const country = (c.req.raw.cf as IncomingRequestCfProperties | undefined)?.country;
  return country && /^[A-Z]{2}$/.test(country) ? country : null;
};

/** Returns the origin in the URL of this request. */
export const ownOrigin = (c: AppContext): string => new URL(c.req.url).origin;

/** Whether the client accepts HTML: a browser is navigating, so the answer should be a page. */
export const wantsPage = (c: AppContext): boolean => (c.req.header("accept") ?? "").includes("text/html");

/**
 * Whether an error is shown as a page: a browser navigates to a path that serves a page (`isPage`) or has no route.
 */
export const wantsErrorPage = (c: AppContext, error: DomainError, isPage: boolean): boolean =>
  wantsPage(c) && (isPage || error.code === "route_not_found");

const HOST = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{0,5})?$/i;
let lastReadable: string | undefined;

/** Whether the `Host` header is a valid host with an optional port, so that URLs can be built from it. */
export const isHostReadable = (request: Request): boolean => {
  const host = request.headers.get("host");
  // Only requests made inside the runtime lack the header. Most requests name the same host, so the last good one is
  // remembered.
  if (host === null || host === lastReadable) return true;
  if (!HOST.test(host) || !URL.canParse(`http://${host}`)) return false;
  lastReadable = host;
  return true;
};
