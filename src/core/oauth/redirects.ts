/** The characters that RFC 3986 allows in a URI without a fragment. A browser does not rewrite such a URI. */
const ADDRESS = /^https?:\/\/[\w\-.~:/?[\]@!$&'()*+,;=%]+$/;
/**
 * The private-use scheme of a native app is a reversed domain name (RFC 8252, 7.1). The required dot excludes
 * `javascript:`, `data:`, `file:`, `intent:` and all other schemes that a browser handles itself.
 */
const PRIVATE_USE = /^[a-z][a-z0-9+-]*(?:\.[a-z0-9+-]+)+:\/[\w\-.~:/?[\]@!$&'()*+,;=%]*$/;
/** The hosts at which programs on the user's own machine listen (RFC 8252, 7.3). */
const LOOPBACK = ["127.0.0.1", "[::1]", "localhost"];
/** The parameters of our response. A redirect URI with one of them could forge a response of this server. */
const RESPONSE_PARAMETERS = ["code", "state", "iss", "error", "error_description"];
/**
 * Matches the port of a loopback URI. Such a program receives its port when it starts, so every port is accepted.
 * This applies to IP addresses only, because a host name can be resolved to another machine.
 */
const LOOPBACK_PORT = /^(http:\/\/(?:127\.0\.0\.1|\[::1\])):\d{1,5}/;

/** Returns whether a URI has a private-use scheme, which a native app registers on the user's device. */
export const isPrivateUse = (uri: string): boolean => PRIVATE_USE.test(uri);

/**
 * Returns whether an application may use a redirect URI: https with any host, http on the user's own machine, or
 * the private-use scheme of a native app.
 */
export const isRedirectUri = (text: string): boolean => {
  const url = ADDRESS.test(text) || isPrivateUse(text) ? URL.parse(text) : null;
  if (url === null || url.username + url.password !== "") return false;
  if (RESPONSE_PARAMETERS.some((name) => url.searchParams.has(name))) return false;
  return url.protocol === "https:" || LOOPBACK.includes(url.hostname) || isPrivateUse(text);
};

/** Returns the part of a redirect URI that a user can recognise: its host, or the scheme of a native app. */
export const destinationOf = (uri: string): string => {
  const { host, protocol } = new URL(uri);
  return isPrivateUse(uri) ? protocol : host;
};

const withoutPort = (text: string): string => text.replace(LOOPBACK_PORT, "$1");

/** Returns whether a URI equals a registered one exactly, except for the port of a loopback IP address. */
export const isRegistered = (registered: readonly string[], asked: string): boolean =>
  isRedirectUri(asked) && registered.some((one) => one === asked || withoutPort(one) === withoutPort(asked));

/** Returns the redirect URI with the response parameters appended to its own query. */
export const withResponseParameters = (
  uri: string,
  answer: Readonly<Record<string, string | undefined>>,
): string => {
  const given = Object.entries(answer).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return `${uri}${uri.includes("?") ? "&" : "?"}${new URLSearchParams(given)}`;
};
