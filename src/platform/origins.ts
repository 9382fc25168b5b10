import type { Settings } from "./settings.ts";

/** The default address of `npm start`. */
const DEFAULT_LOCAL_ORIGIN = "http://localhost:8787";

/** Names and addresses of the local machine. */
const LOOPBACK_HOST = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

export const isLoopbackOrigin = (origin: string): boolean => LOOPBACK_HOST.test(new URL(origin).hostname);

/**
 * Returns the platform's own origin, for links in mails and URLs that payment gateways notify. It never depends on
 * the request, because a link with a secret must not lead to a host that an attacker chose.
 */
export const publicOriginOf = ({ PUBLIC_ORIGIN, LOCAL_ORIGINS }: Settings): string =>
  PUBLIC_ORIGIN ?? LOCAL_ORIGINS[0] ?? DEFAULT_LOCAL_ORIGIN;

/**
 * Returns the origin of a host that belongs to one product. Scheme and port are the platform's; only a development
 * server without PUBLIC_ORIGIN takes them from the request.
 */
const productOriginOf = (hostname: string, { PUBLIC_ORIGIN }: Settings, request: URL): string => {
  const url = new URL(PUBLIC_ORIGIN ?? request.origin);
  url.hostname = hostname;
  return url.origin;
};

/**
 * Returns the origin for URLs in an answer: the request's origin if its host is configured, else the platform's own.
 * The client chooses the `Host` header, so it must match the configuration. Proxy headers (`X-Forwarded-Host`,
 * `Forwarded`) are never read.
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
 * Returns the origin for printed QR codes: MusicQR's own host where one is bound (of several, the request's host),
 * else PUBLIC_ORIGIN. A development server without it uses the origin of the administrator's request.
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
