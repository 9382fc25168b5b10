import ipaddr from "ipaddr.js";

// Kept lists of DNS names that lead elsewhere than to the open internet. All are matched with what stands before them.

/** Of this machine, of a local network, of a cluster. No public zone has these endings. */
const INTERNAL_ZONES = [
  ["localhost", "local", "localdomain", "internal", "intranet", "lan", "home", "corp", "private"],
  ["arpa", "test", "invalid", "onion", "alt"],
  ["svc", "cluster", "pod", "default", "consul", "nomad", "docker", "k8s", "kube", "mesos", "swarm"],
].flat();

/** Public endings that clouds answer for inside of themselves, most with the metadata service. */
const CLOUD_ZONES = [
  "metadata.goog",
  "metadata.tencentyun.com",
  "metadata.packet.net",
  "metadata.platformequinix.com",
  "metadata.cloud.ibm.com",
  "internal.cloudapp.net",
];

/** Public zones whose names lead to this machine, whatever stands before them. */
const LOOPBACK_ZONES = [
  ["local.gd", "localtest.me", "lvh.me", "vcap.me", "fuf.me", "ulh.us", "lacolhost.com", "yoogle.com"],
  ["smackaho.st", "localho.st", "loopback.jp", "lo0.in", "42foo.com", "127-0-0-1.org.uk", "localhost.direct"],
  ["lndo.site", "ddev.site", "docksal.site", "beweb.com", "local.sisteminha.com"],
].flat();

/** Zones that answer with different addresses from one time to the next, made to get past such lists as these. */
const REBINDING_ZONES = ["rbndr.us", "1u.ms", "rebind.network", "rebind.it"];

/** Zones that answer with the address written in the name (`10-0-0-1.nip.io`). */
const WILDCARD_ZONES = [
  ["nip.io", "sslip.io", "xip.io", "xip.name", "traefik.me", "backname.io", "ip6.name"],
  ["local-ip.co", "local-ip.sh", "local-ip.medicmobile.org", "ip.addr.tools", "plex.direct"],
].flat();

const zoneOf = (name: string, zones: readonly string[]): string | undefined =>
  zones.find((zone) => name === zone || name.endsWith(`.${zone}`));

const REFUSED_ZONES = [...INTERNAL_ZONES, ...CLOUD_ZONES, ...LOOPBACK_ZONES, ...REBINDING_ZONES];

/** Whether a name leads to this machine, its network or its cluster. */
export const isInternalName = (name: string): boolean => zoneOf(name, REFUSED_ZONES) !== undefined;

/** Whether a name's address is written in it. */
export const readsAddressFromName = (name: string): boolean => zoneOf(name, WILDCARD_ZONES) !== undefined;

/**
 * Every address that a name of such a zone may be read as: zones differ in which one they take. Numbers in other notations
 * that only a zone's own reader knows give none, so that a name with nothing to read is refused.
 */
export const writtenAddresses = (name: string): (ipaddr.IPv4 | ipaddr.IPv6)[] => {
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
