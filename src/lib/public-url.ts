import ipaddr from "ipaddr.js";
import { isInternalName, readsAddressFromName, writtenAddresses } from "./special-names.ts";

/**
 * Addresses at which clouds tell a machine about itself and its credentials. Most are link-local or private and refused
 * for that; Azure's is an ordinary public one, so the list is kept whole rather than reasoned about.
 */
const METADATA_ADDRESSES: ReadonlySet<string> = new Set([
  "169.254.169.254",
  "169.254.170.2", // AWS, of containers
  "169.254.0.23", // Tencent
  "100.100.100.200", // Alibaba
  "168.63.129.16", // Azure
  "192.0.0.192", // Oracle
  "fd00:ec2::254", // AWS
  "fd20:ce::254", // Google
  "fd00:42::42", // Scaleway
]);

/** The networks of IBM's cloud that only its machines reach, though their numbers are public. */
const CLOUD_INTERNAL = [ipaddr.IPv4.parseCIDR("161.26.0.0/16"), ipaddr.IPv4.parseCIDR("166.8.0.0/14")];

/** The only block of IPv6 from which addresses of the internet are given out (RFC 4291, section 2.4). */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR("2000::/3");

/** ISATAP (RFC 5214): the interface id carries an IPv4 address. */
const isIsatap = ({ parts }: ipaddr.IPv6): boolean =>
  parts[5] === 0x5efe && (parts[4] === 0 || parts[4] === 0x0200);

/**
 * Whether an address is global unicast. IPv6 that carries IPv4 (mapped, compatible, NAT64, 6to4, Teredo, ISATAP) is not:
 * where it leads depends on a gateway.
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

/** As the lists of names have them: lower case, without the brackets of IPv6 and the dot of the root. */
const plainName = (hostname: string): string =>
  hostname
    .toLowerCase()
    .replace(/^\[|\]$/g, "")
    .replace(/\.+$/, "");

/** Whether a host is this machine itself. */
export const isLoopbackHost = (hostname: string): boolean => {
  const name = plainName(hostname);
  return name === "localhost" || (ipaddr.isValid(name) && isLoopbackAddress(ipaddr.parse(name)));
};

/**
 * Whether a host is one of the open internet. The URL parser has made plain addresses of decimal, octal and hexadecimal
 * ones. `loopback` lets this machine through, for development.
 */
export const isPublicHost = (hostname: string, { loopback = false } = {}): boolean => {
  const name = plainName(hostname);
  if (loopback && isLoopbackHost(name)) return true;
  if (ipaddr.isValid(name)) return isPublicAddress(ipaddr.parse(name));
  // A name without a dot is one of the local network.
  if (!name.includes(".") || isInternalName(name)) return false;
  if (!readsAddressFromName(name)) return true;
  const addresses = writtenAddresses(name);
  return addresses.length > 0 && addresses.every(isPublicAddress);
};

/** The URL of a host of the open internet, without credentials in it; undefined for any other. */
export const publicUrl = (text: string, { loopback = false } = {}): URL | undefined => {
  const url = URL.parse(text);
  if (url === null || url.username + url.password !== "") return undefined;
  const isPlain = url.protocol === "http:" && loopback && isLoopbackHost(url.hostname);
  if (url.protocol !== "https:" && !isPlain) return undefined;
  return isPublicHost(url.hostname, { loopback }) ? url : undefined;
};
