import { describe, expect, it } from "vitest";
import { publicUrl } from "../../src/lib/public-url.ts";

describe("an address of the open internet", () => {
  it.each([
    "https://api.openai.com/v1",
    "https://llm.example.com:8443/v1/",
    "https://8.8.8.8/",
    "https://[2606:4700::1111]/",
    "https://my-10-things.example.com",
    "https://1password.com",
    "https://模型.example.com/",
  ])("is %s", (url) => {
    expect(publicUrl(url)).toBeDefined();
    expect(publicUrl(url, { loopback: true })).toBeDefined();
  });

  it.each([
    // private, link-local, shared, reserved
    "https://10.0.0.1",
    "https://172.16.5.4",
    "https://192.168.1.1",
    "https://169.254.169.254/latest/meta-data",
    "https://100.64.0.1",
    "https://0.0.0.0",
    "https://198.18.0.1",
    "https://224.0.0.1",
    "https://255.255.255.255",
    // the same in other writings
    "https://167772161",
    "https://0x0a000001",
    "https://012.0.0.1",
    "https://0xa9.0xfe.0xa9.0xfe",
    "https://2852039166",
    "https://10.1",
    "https://169.254.43518",
    // IPv6, and IPv4 inside of it
    "https://[::]",
    "https://[fe80::1]",
    "https://[fd00::1]",
    "https://[fc00::1]",
    "https://[ff02::1]",
    "https://[::ffff:10.0.0.1]",
    "https://[::ffff:a9fe:a9fe]",
    "https://[64:ff9b::a9fe:a9fe]",
    "https://[2002:a9fe:a9fe::1]",
    // names that say so
    "https://router",
    "https://metadata.google.internal",
    "https://printer.local",
    "https://db.lan",
    "https://wiki.corp",
    "https://10.0.0.1.nip.io",
    "https://10-0-0-1.sslip.io",
    "https://app.192-168-0-9.nip.io",
    "https://0a000001.nip.io",
    "https://169.254.169.254.xip.example.com",
    "https://router.",
    // not the open web
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
