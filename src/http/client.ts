import ipaddr from "ipaddr.js";
import type { DomainError } from "../lib/domain-error.ts";
import type { AppContext } from "./context.ts";

/** The network address of the caller. The edge sets this header itself, over whatever a client sent. */
export const clientAddress = (c: AppContext): string => c.req.header("cf-connecting-ip") ?? "127.0.0.1";

/**
 * Whom a limit counts: the address, and of an IPv6 address its network (/64), of which one customer has every address.
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

/** The caller's country (ISO 3166-1 alpha-2), where the edge knows it. */
export const clientCountry = (c: AppContext): string | null => {
  const country = (c.req.raw.cf as IncomingRequestCfProperties | undefined)?.country;
  return country && /^[A-Z]{2}$/.test(country) ? country : null;
};

/** The origin this request came to. */
export const ownOrigin = (c: AppContext): string => new URL(c.req.url).origin;

/** Whether a browser is navigating, so that an answer should be a page. */
export const wantsPage = (c: AppContext): boolean => (c.req.header("accept") ?? "").includes("text/html");

/**
 * Whether an error is shown as a page: a browser navigates, to what is a page (`isPage`) or to a path that leads nowhere.
 */
export const wantsErrorPage = (c: AppContext, error: DomainError, isPage: boolean): boolean =>
  wantsPage(c) && (isPage || error.code === "route_not_found");

const HOST = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{0,5})?$/i;
let lastReadable: string | undefined;

/** Whether the `Host` header is a name or address with a port, so that addresses can be built from it. */
export const isHostReadable = (request: Request): boolean => {
  const host = request.headers.get("host");
  // Without the header the request was made inside the runtime. Nearly every request names the same host.
  if (host === null || host === lastReadable) return true;
  if (!HOST.test(host) || !URL.canParse(`http://${host}`)) return false;
  lastReadable = host;
  return true;
};
