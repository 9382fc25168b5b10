import { describe, expect, it } from "vitest";
import { AddressBuckets } from "../../../src/core/limits/index.ts";
// Internal parts of the domain, imported directly to test them alone.
import { ScanBuffer } from "../../../src/products/musicqr/domain/scan-buffer.ts";
import { VerdictCache } from "../../../src/products/musicqr/domain/verdict-cache.ts";

const scanner = (ip: string, userAgent = "Phone/1") => ({ ip, userAgent, country: null, preview: false });

describe("the verdict cache of an isolate", () => {
  it("stays bounded during requests for a million different codes", () => {
    const cache = new VerdictCache(1_000);
    for (let i = 0; i < 1_000_000; i++) {
      const code = i.toString(36).toUpperCase().padStart(12, "0");
      if (i % 2) cache.rememberBad(code, "unknown", i);
      else cache.rememberGenuine(code, 1, 1, i);
    }
    expect(cache.size).toBeLessThanOrEqual(4_000);
  });

  it("never evicts genuine codes in favour of unknown ones", () => {
    const cache = new VerdictCache(100);
    cache.rememberGenuine("GENUINE", 1, 1, 0);
    for (let i = 0; i < 10_000; i++) cache.rememberBad(String(i), "unknown", 0);
    expect(cache.findGenuine("GENUINE", 0)).toBeDefined();
  });

  it("expires unknown codes after 10 seconds and genuine ones after a minute without a refresh", () => {
    const cache = new VerdictCache();
    cache.rememberBad("BAD", "unknown", 0);
    expect(cache.findBad("BAD", 9_999)).toBe("unknown");
    expect(cache.findBad("BAD", 10_000)).toBeUndefined();
    cache.rememberGenuine("GENUINE", 1, 1, 0);
    expect(cache.findGenuine("GENUINE", 59_999)).toBeDefined();
    expect(cache.findGenuine("GENUINE", 60_000)).toBeUndefined();
  });

  it("never lowers a count when storage is behind", () => {
    const cache = new VerdictCache();
    cache.rememberGenuine("CODE", 1, 50, 0);
    expect(cache.rememberGenuine("CODE", 1, 20, 1).queryCount).toBe(50);
    expect(cache.rememberGenuine("CODE", 1, 70, 2).queryCount).toBe(70);
  });
});

describe("the scan buffer", () => {
  it("merges scans of one code by one device and keeps all others separate", () => {
    const buffer = new ScanBuffer();
    expect(buffer.add("A", true, true, scanner("1"), 1)).toBe("first");
    expect(buffer.add("A", true, false, scanner("1"), 2)).toBeUndefined();
    buffer.add("A", true, false, scanner("2"), 3);
    buffer.add("A", true, false, scanner("1", "Phone/2"), 4);
    buffer.add("B", true, false, scanner("1"), 5);
    const scans = buffer.drain().flatMap((batch) => batch.scans);
    expect(scans.map(({ code, ip, times }) => [code, ip, times])).toEqual([
      ["A", "1", 2],
      ["A", "2", 1],
      ["A", "1", 1],
      ["B", "1", 1],
    ]);
    expect(scans[0]).toMatchObject({ at: 2, activated: true });
    expect(buffer.drain()).toEqual([]);
  });

  it("counts scans before and after a code became genuine separately", () => {
    const buffer = new ScanBuffer();
    buffer.add("A", false, false, scanner("1"), 1);
    buffer.add("A", true, true, scanner("1"), 2);
    buffer.add("A", false, false, scanner("1"), 3);
    const scans = buffer.drain().flatMap((batch) => batch.scans);
    expect(scans.map(({ valid, times }) => [valid, times])).toEqual([
      [false, 2],
      [true, 1],
    ]);
  });

  it("splits messages to the queue's size limit with user agents of any length", () => {
    const buffer = new ScanBuffer();
    for (let i = 0; i < 5_000; i++) buffer.add("A", true, false, scanner(String(i), "语".repeat(256)), i);
    const batches = buffer.drain();
    expect(batches.flatMap((batch) => batch.scans)).toHaveLength(5_000);
    for (const batch of batches) {
      expect(new TextEncoder().encode(JSON.stringify(batch)).length).toBeLessThan(128_000);
    }
    expect(new Set(batches.map((batch) => batch.id)).size).toBe(batches.length);
  });

  it("keeps unsent batches under their ids, up to a limit", () => {
    const buffer = new ScanBuffer();
    buffer.add("A", true, false, scanner("1"), 1);
    const batches = buffer.drain();
    expect(buffer.requeue(batches)).toBe(0);
    buffer.add("B", true, false, scanner("1"), 2);
    const again = buffer.drain();
    expect(again[0]?.id).toBe(batches[0]?.id);
    expect(again).toHaveLength(2);
    const scan = { code: "A", at: 1, times: 3, valid: true, activated: false, ...scanner("1") };
    const many = Array.from({ length: 600 }, (_, i) => ({
      kind: "scans" as const,
      id: String(i),
      scans: [scan],
    }));
    // Each of the hundred discarded messages held three scans in one row.
    expect(buffer.requeue(many)).toBe(300);
    expect(buffer.drain().length).toBeLessThanOrEqual(500);
  });
});

describe("token buckets per IP address", () => {
  it("give each token once, refill with time, and accept refunds", () => {
    const buckets = new AddressBuckets(3, 3_000);
    expect([0, 0, 0].map(() => buckets.consume("a", 0))).toEqual([0, 0, 0]);
    expect(buckets.consume("a", 0)).toBe(1_000);
    expect(buckets.consume("b", 0)).toBe(0);
    expect(buckets.consume("a", 1_000)).toBe(0);
    buckets.refund("a");
    expect(buckets.consume("a", 1_000)).toBe(0);
    expect(buckets.consume("a", 1_000)).toBeGreaterThan(0);
  });
});
