/** What RFC 3986 lets an address consist of, without a fragment: browsers mend nothing of it on the way. */
const ADDRESS = /^https?:\/\/[\w\-.~:/?[\]@!$&'()*+,;=%]+$/;
/**
 * The private-use scheme of a native app is a domain name in reverse (RFC 8252, 7.1). The dot is required: it keeps out
 * `javascript:`, `data:`, `file:`, `intent:` and all others that a browser acts upon itself.
 */
const PRIVATE_USE = /^[a-z][a-z0-9+-]*(?:\.[a-z0-9+-]+)+:\/[\w\-.~:/?[\]@!$&'()*+,;=%]*$/;
/** Programs on the user's own machine listen there (RFC 8252, 7.3). */
const LOOPBACK = ["127.0.0.1", "[::1]", "localhost"];
/** What we add to an address: one that says these itself could speak for us. */
const OURS = ["code", "state", "iss", "error", "error_description"];
/** Such a program is given its port when it starts, so that any is right; by address only, names can be led elsewhere. */
const LOOPBACK_PORT = /^(http:\/\/(?:127\.0\.0\.1|\[::1\])):\d{1,5}/;

/** Whether an address is of a scheme that a native app claims for itself on the user's machine. */
export const isPrivateUse = (uri: string): boolean => PRIVATE_USE.test(uri);

/**
 * Whether an application may be sent back to an address: https anywhere, http on the user's own machine, a private-use
 * scheme of a native app.
 */
export const isRedirectUri = (text: string): boolean => {
  const url = ADDRESS.test(text) || isPrivateUse(text) ? URL.parse(text) : null;
  if (url === null || url.username + url.password !== "") return false;
  if (OURS.some((name) => url.searchParams.has(name))) return false;
  return url.protocol === "https:" || LOOPBACK.includes(url.hostname) || isPrivateUse(text);
};

/** Where an address leads, as a user can recognise it: its host, or the scheme of a native app. */
export const destinationOf = (uri: string): string => {
  const { host, protocol } = new URL(uri);
  return isPrivateUse(uri) ? protocol : host;
};

const withoutPort = (text: string): string => text.replace(LOOPBACK_PORT, "$1");

/** Whether an address is one of the registered ones: letter by letter, but for the port of a program's own listener. */
export const isRegistered = (registered: readonly string[], asked: string): boolean =>
  isRedirectUri(asked) && registered.some((one) => one === asked || withoutPort(one) === withoutPort(asked));

/** An address with our answer added to whatever it asks itself. */
export const answerAt = (uri: string, answer: Readonly<Record<string, string | undefined>>): string => {
  const given = Object.entries(answer).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return `${uri}${uri.includes("?") ? "&" : "?"}${new URLSearchParams(given)}`;
};
