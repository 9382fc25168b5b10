import type { Settings } from "./settings.ts";

/** Where `npm start` listens unless it is told otherwise. */
const DEFAULT_LOCAL_ORIGIN = "http://localhost:8787";

/** Names and addresses of this machine itself. */
const LOOPBACK_HOST = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

export const isLoopbackOrigin = (origin: string): boolean => LOOPBACK_HOST.test(new URL(origin).hostname);

/**
 * The platform's own origin, for what leaves the request: links in mails and addresses that gateways notify. No request
 * has a say in it, because a link with a secret must not lead to the host that an attacker named.
 */
export const publicOriginOf = ({ PUBLIC_ORIGIN, LOCAL_ORIGINS }: Settings): string =>
  PUBLIC_ORIGIN ?? LOCAL_ORIGINS[0] ?? DEFAULT_LOCAL_ORIGIN;

/**
 * The origin of a host that belongs to one product. Scheme and port are those of the platform, which listens in one
 * place; only a development server without PUBLIC_ORIGIN takes them from the request.
 */
const productOriginOf = (hostname: string, { PUBLIC_ORIGIN }: Settings, request: URL): string => {
  const url = new URL(PUBLIC_ORIGIN ?? request.origin);
  url.hostname = hostname;
  return url.origin;
};

/**
 * The origin that addresses in an answer begin with: that of the request if the platform is known by it, else its own.
 * The `Host` header is the client's word, and headers of proxies (`X-Forwarded-Host`, `Forwarded`) are never read.
 */
export const originOf = (settings: Settings, requestUrl: string): string => {
  const request = URL.parse(requestUrl);
  const usual = publicOriginOf(settings);
  if (request === null) return usual;
  const { hostname, origin } = request;
  if (settings.PRODUCT_HOSTS.has(hostname)) return productOriginOf(hostname, settings, request);
  if (settings.ENVIRONMENT !== "development") return usual;
  return isLoopbackOrigin(origin) || settings.LOCAL_ORIGINS.includes(origin) ? origin : usual;
};

/**
 * The origin in printed QR codes: MusicQR's own host where one is bound (the one that is asked, if there are several), else
 * the configured origin. A development server without one prints the origin that the administrator uses.
 */
export const printedOriginOf = (settings: Settings, requestUrl: string): string => {
  const hosts = [...settings.PRODUCT_HOSTS].flatMap(([host, product]) =>
    product === "musicqr" ? [host] : [],
  );
  const request = new URL(requestUrl);
  const host = hosts.find((name) => name === request.hostname) ?? hosts[0];
  if (host !== undefined) return productOriginOf(host, settings, request);
  return settings.PUBLIC_ORIGIN ?? originOf(settings, requestUrl);
};
