import ipaddr from "ipaddr.js";
import { addressesInName, isNonPublicName, readsAddressFromName } from "./special-names.ts";

/**
 * Addresses of cloud metadata services, which give out credentials. Most are link-local or private and are refused
 * anyway, but Azure's is an ordinary public address. The list is complete, so that no entry depends on another rule.
 */
const METADATA_ADDRESSES: ReadonlySet<string> = new Set([
  "169.254.169.254",
  "169.254.170.2", // AWS, for containers
  "169.254.0.23", // Tencent
  "100.100.100.200", // Alibaba
  "168.63.129.16", // Azure
  "192.0.0.192", // Oracle
  "fd00:ec2::254", // AWS
  "fd20:ce::254", // Google
  "fd00:42::42", // Scaleway
]);

/** Networks of IBM Cloud that only its own machines can reach, although their addresses are public. */
const CLOUD_INTERNAL = [ipaddr.IPv4.parseCIDR("161.26.0.0/16"), ipaddr.IPv4.parseCIDR("166.8.0.0/14")];

/** The only IPv6 block from which global unicast addresses are assigned (RFC 4291, section 2.4). */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR("2000::/3");

/** Whether an address is of ISATAP (RFC 5214): its interface id embeds an IPv4 address. */
const isIsatap = ({ parts }: ipaddr.IPv6): boolean =>
  parts[5] === 0x5efe && (parts[4] === 0 || parts[4] === 0x0200);

/**
 * Whether an address is global unicast. IPv6 addresses that embed an IPv4 address (mapped, compatible, NAT64, 6to4,
 * Teredo, ISATAP) do not count, because a gateway decides their destination.
 */
const isPublicAddress = (address: ipaddr.IPv4 | ipaddr.IPv6): boolean => {
  if (address.range() !== "unicast" || METADATA_ADDRESSES.has(address.toString())) return false;
  if (address instanceof ipaddr.IPv6) return address.match(GLOBAL_UNICAST) && !isIsatap(address);
  return !CLOUD_INTERNAL.some((network) => address.match(network));
};

const isLoopbackAddress = (address: ipaddr.IPv4 | ipaddr.IPv6): boolean => {
  const isMapped = address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress();
  return (isMapped ? address.toIPv4Address() : address).range() === "loopback";
};

/**
 * Normalizes a host name for the lists: lower case, without IPv6 brackets and without the trailing dot of the root.
 */
const plainName = (hostname: string): string =>
  hostname
    .toLowerCase()
    .replace(/^\[|\]$/g, "")
    .replace(/\.+$/, "");

/** Whether a host is the local machine. */
export const isLoopbackHost = (hostname: string): boolean => {
  const name = plainName(hostname);
  return name === "localhost" || (ipaddr.isValid(name) && isLoopbackAddress(ipaddr.parse(name)));
};

/**
 * Whether a host is on the public internet. The URL parser has already converted decimal, octal and hexadecimal
 * addresses to the usual form. `loopback` also accepts the local machine, for development.
 */
const isPublicHost = (hostname: string, { loopback = false } = {}): boolean => {
  const name = plainName(hostname);
  if (loopback && isLoopbackHost(name)) return true;
  if (ipaddr.isValid(name)) return isPublicAddress(ipaddr.parse(name));
  // A name without a dot is resolved in the local network.
  if (!name.includes(".") || isNonPublicName(name)) return false;
  if (!readsAddressFromName(name)) return true;
  const addresses = addressesInName(name);
  return addresses.length > 0 && addresses.every(isPublicAddress);
};

/** Parses an https URL of a host on the public internet, without credentials; returns undefined for any other. */
export const publicUrl = (text: string, { loopback = false } = {}): URL | undefined => {
  const url = URL.parse(text);
  if (url === null || url.username + url.password !== "") return undefined;
  const isPlain = url.protocol === "http:" && loopback && isLoopbackHost(url.hostname);
  if (url.protocol !== "https:" && !isPlain) return undefined;
  return isPublicHost(url.hostname, { loopback }) ? url : undefined;
};
