import ipaddr from "ipaddr.js";

// Lists of DNS zones that do not lead to the public internet. A zone also matches all names below it.

/** Zones of the local machine, a local network or a cluster. None is a public top-level domain. */
const INTERNAL_ZONES = [
  ["localhost", "local", "localdomain", "internal", "intranet", "lan", "home", "corp", "private"],
  ["arpa", "test", "invalid", "onion", "alt"],
  ["svc", "cluster", "pod", "default", "consul", "nomad", "docker", "k8s", "kube", "mesos", "swarm"],
].flat();

/** Public names that clouds resolve differently inside their networks, most of them to the metadata service. */
const CLOUD_ZONES = [
  "metadata.goog",
  "metadata.tencentyun.com",
  "metadata.packet.net",
  "metadata.platformequinix.com",
  "metadata.cloud.ibm.com",
  "internal.cloudapp.net",
];

/** Public zones in which every name resolves to the local machine. */
const LOOPBACK_ZONES = [
  ["local.gd", "localtest.me", "lvh.me", "vcap.me", "fuf.me", "ulh.us", "lacolhost.com", "yoogle.com"],
  ["smackaho.st", "localho.st", "loopback.jp", "lo0.in", "42foo.com", "127-0-0-1.org.uk", "localhost.direct"],
  ["lndo.site", "ddev.site", "docksal.site", "beweb.com", "local.sisteminha.com"],
].flat();

/** Zones for DNS rebinding: they answer with changing addresses, in order to get past checks like this one. */
const REBINDING_ZONES = ["rbndr.us", "1u.ms", "rebind.network", "rebind.it"];

/** Zones in which a name resolves to the address that it contains (`10-0-0-1.nip.io`). */
const WILDCARD_ZONES = [
  ["nip.io", "sslip.io", "xip.io", "xip.name", "traefik.me", "backname.io", "ip6.name"],
  ["local-ip.co", "local-ip.sh", "local-ip.medicmobile.org", "ip.addr.tools", "plex.direct"],
].flat();

const zoneOf = (name: string, zones: readonly string[]): string | undefined =>
  zones.find((zone) => name === zone || name.endsWith(`.${zone}`));

const REFUSED_ZONES = [...INTERNAL_ZONES, ...CLOUD_ZONES, ...LOOPBACK_ZONES, ...REBINDING_ZONES];

/** Whether a name resolves to the local machine, network or cluster, or can be made to. */
export const isNonPublicName = (name: string): boolean => zoneOf(name, REFUSED_ZONES) !== undefined;

/** Whether a name resolves to an address that it contains. */
export const readsAddressFromName = (name: string): boolean => zoneOf(name, WILDCARD_ZONES) !== undefined;

/**
 * Returns every address that a wildcard zone may read from a name, because zones differ in the part that they use.
 * Notations that only some zones understand give no address, and the caller refuses a name without any.
 */
export const addressesInName = (name: string): (ipaddr.IPv4 | ipaddr.IPv6)[] => {
  const zone = zoneOf(name, WILDCARD_ZONES) ?? "";
  const labels = name.slice(0, -zone.length).split(".");
  const words = labels.flatMap((label) => label.split("-"));
  const dotted = words.flatMap((_, index) => {
    const text = words.slice(index, index + 4).join(".");
    return ipaddr.IPv4.isValidFourPartDecimal(text) ? [ipaddr.IPv4.parse(text)] : [];
  });
  const hexadecimal = words.flatMap((word) => {
    const digits = /^(?:0x)?([0-9a-f]{8})$/.exec(word)?.[1];
    return digits === undefined ? [] : [ipaddr.IPv4.parse(`0x${digits}`)];
  });
  const version6 = labels.flatMap((label) => {
    const text = label.replaceAll("-", ":");
    return ipaddr.IPv6.isValid(text) ? [ipaddr.IPv6.parse(text)] : [];
  });
  return [...dotted, ...hexadecimal, ...version6];
};
