import { describe, expect, it } from "vitest";
import { publicUrl } from "../../src/lib/public-url.ts";

describe("an address of the public internet", () => {
  it.each([
    "https://api.openai.com/v1",
    "https://llm.example.com:8443/v1/",
    "https://8.8.8.8/",
    "https://[2606:4700::1111]/",
    "https://my-10-things.example.com",
    "https://1password.com",
    "https://模型.example.com/",
    // Digits in a name are harmless when the zone does not interpret them.
    "https://e1b2c3d4.ngrok.io",
    "https://92832de0.ngrok.io",
    "https://fe000000.example.com",
    "https://10-0-0-1.example.com",
    "https://169.254.169.254.xip.example.com",
    "https://svc.example.com",
    "https://local.example.com",
    "https://nip.io.example.com",
    "https://notlocal.gd",
    // A public address in a name.
    "https://8.8.8.8.nip.io",
    "https://app-8-8-8-8.sslip.io",
    "https://08080808.nip.io",
    "https://2606-4700--1111.sslip.io",
  ])("is %s", (url) => {
    expect(publicUrl(url)).toBeDefined();
    expect(publicUrl(url, { loopback: true })).toBeDefined();
  });

  it.each([
    // Private, link-local, shared and reserved addresses.
    "https://10.0.0.1",
    "https://172.16.5.4",
    "https://192.168.1.1",
    "https://169.254.169.254/latest/meta-data",
    "https://100.64.0.1",
    "https://0.0.0.0",
    "https://198.18.0.1",
    "https://224.0.0.1",
    "https://255.255.255.255",
    // The same in other notations.
    "https://167772161",
    "https://0x0a000001",
    "https://012.0.0.1",
    "https://0xa9.0xfe.0xa9.0xfe",
    "https://2852039166",
    "https://10.1",
    "https://169.254.43518",
    // IPv6, and IPv4 inside IPv6.
    "https://[::]",
    "https://[fe80::1]",
    "https://[fd00::1]",
    "https://[fc00::1]",
    "https://[ff02::1]",
    "https://[::ffff:10.0.0.1]",
    "https://[::ffff:a9fe:a9fe]",
    "https://[64:ff9b::a9fe:a9fe]",
    "https://[2002:a9fe:a9fe::1]",
    // Names of local networks.
    "https://router",
    "https://metadata.google.internal",
    "https://printer.local",
    "https://db.lan",
    "https://wiki.corp",
    "https://10.0.0.1.nip.io",
    "https://10-0-0-1.sslip.io",
    "https://app.192-168-0-9.nip.io",
    "https://0a000001.nip.io",
    "https://router.",
    // Metadata services of cloud providers.
    "https://168.63.129.16",
    "https://100.100.100.200",
    "https://192.0.0.192",
    "https://161.26.0.10",
    "https://[fd00:ec2::254]",
    "https://metadata.goog",
    "https://vm.internal.cloudapp.net",
    "https://metadata.tencentyun.com.",
    // Names inside clusters.
    "https://kubernetes.default.svc",
    "https://kubernetes.default",
    "https://db.prod.svc.cluster.local",
    "https://redis.service.consul",
    "https://router.home.arpa",
    // IPv6 outside the allocated range, and more encodings of IPv4.
    "https://[::127.0.0.1]",
    "https://[::a9fe:a9fe]",
    "https://[::8.8.8.8]",
    "https://[::ffff:8.8.8.8]",
    "https://[::ffff:0:10.0.0.1]",
    "https://[64:ff9b:1::a00:1]",
    "https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]",
    "https://[2002:7f00:1::]",
    "https://[2a00:1450::5efe:10.0.0.1]",
    "https://[2001:db8::1]",
    "https://[fec0::1]",
    "https://[5f00::1]",
    "https://[4000::1]",
    // Zones that resolve to this machine or to the address in the name.
    "https://local.gd",
    "https://app.local.gd",
    "https://lvh.me",
    "https://7f000001.c0a80001.rbndr.us",
    "https://traefik.me",
    "https://10-0-0-1.traefik.me",
    "https://--1.sslip.io",
    "https://fe80--1.sslip.io",
    "https://0x7f000001.nip.io",
    "https://7f000001.nip.io",
    "https://app-0a000001.nip.io",
    "https://127.0.0.1.8.8.8.8.nip.io",
    "https://8.8.8.8.10.0.0.1.nip.io",
    "https://0177.0.0.1.nip.io",
    "https://localhost.nip.io",
    "https://NIP.io",
    // Other schemes, and URLs with credentials.
    "http://api.openai.com",
    "ftp://example.com",
    "https://user:secret@example.com",
    "file:///etc/passwd",
    "example.com",
    "",
  ])("is not %s", (url) => {
    expect(publicUrl(url)).toBeUndefined();
    expect(publicUrl(url, { loopback: true })).toBeUndefined();
  });

  it.each([
    "http://127.0.0.1:8080/v1",
    "http://localhost:11434",
    "http://[::1]:8080",
    "http://127.1",
    "http://2130706433",
    "http://[::ffff:127.0.0.1]/",
    "https://127.0.0.1",
  ])("is %s in development only", (url) => {
    expect(publicUrl(url)).toBeUndefined();
    expect(publicUrl(url, { loopback: true })).toBeDefined();
  });

  it.each(["https://localtest.me", "https://127.0.0.1.nip.io", "https://app.localhost"])(
    "is never %s",
    (url) => {
      expect(publicUrl(url, { loopback: true })).toBeUndefined();
    },
  );
});
