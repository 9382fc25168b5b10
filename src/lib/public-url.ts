import ipaddr from "ipaddr.js";

/** Names of this machine, of a local network, or of a cloud's own services. */
const LOCAL_NAMES =
  /(^|\.)(localhost|local|localdomain|internal|intranet|lan|home|corp|private|home\.arpa|test|invalid|onion)$/;
/** Public names that lead to this machine. */
const LOOPBACK_NAMES =
  /(^|\.)(localtest\.me|lvh\.me|vcap\.me|lacolhost\.com|yoogle\.com|readme\.localtest\.me)$/;
/** Services that answer with the address written in the name (`10-0-0-1.nip.io`): whatever they say is looked at. */
const WRITTEN_ADDRESS = /(?:^|[.-])((?:\d{1,3}[.-]){3}\d{1,3})(?=[.-]|$)/g;
/** The same in hexadecimal (`7f000001.nip.io`). */
const WRITTEN_HEX = /(?:^|[.-])([0-9a-f]{8})(?=\.)/g;

const isPublicAddress = (address: ipaddr.IPv4 | ipaddr.IPv6): boolean => address.range() === "unicast";

const isLoopbackAddress = (address: ipaddr.IPv4 | ipaddr.IPv6): boolean => {
  const plain =
    address.kind() === "ipv6" && (address as ipaddr.IPv6).isIPv4MappedAddress()
      ? (address as ipaddr.IPv6).toIPv4Address()
      : address;
  return plain.range() === "loopback";
};

/** The addresses a DNS name says of itself. */
const writtenIn = (name: string): ipaddr.IPv4[] => [
  ...[...name.matchAll(WRITTEN_ADDRESS)].flatMap(([, text = ""]) => {
    const dotted = text.replaceAll("-", ".");
    return ipaddr.IPv4.isValidFourPartDecimal(dotted) ? [ipaddr.IPv4.parse(dotted)] : [];
  }),
  ...[...name.matchAll(WRITTEN_HEX)].map(([, hex = ""]) => ipaddr.IPv4.parse(`0x${hex}`)),
];

/**
 * Whether a host is one of the open internet. Private, link-local and metadata addresses are not, in whatever way they are
 * written: the URL parser makes plain ones of decimal, octal and hexadecimal, and IPv6 that carries IPv4 is no unicast.
 * `loopback` lets this machine through, for development.
 */
export const isPublicHost = (hostname: string, { loopback = false } = {}): boolean => {
  const name = hostname
    .toLowerCase()
    .replace(/^\[|\]$/g, "")
    .replace(/\.+$/, "");
  if (name === "") return false;
  if (ipaddr.isValid(name)) {
    const address = ipaddr.parse(name);
    return isPublicAddress(address) || (loopback && isLoopbackAddress(address));
  }
  if (name === "localhost") return loopback;
  // A name without a dot is one of the local network.
  if (!name.includes(".") || LOCAL_NAMES.test(name) || LOOPBACK_NAMES.test(name)) return false;
  return writtenIn(name).every(isPublicAddress);
};

/** The URL of a host of the open internet, without credentials in it; undefined for any other. */
export const publicUrl = (text: string, { loopback = false } = {}): URL | undefined => {
  const url = URL.parse(text);
  if (url === null || url.username + url.password !== "") return undefined;
  const isPlain = url.protocol === "http:" && loopback && !isPublicHost(url.hostname);
  if (url.protocol !== "https:" && !isPlain) return undefined;
  return isPublicHost(url.hostname, { loopback }) ? url : undefined;
};
