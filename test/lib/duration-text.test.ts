import { expect, it } from "vitest";
import { DAY_MS, durationText, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../src/lib/clock.ts";

it.each([
  [7 * DAY_MS, "7 days"],
  [DAY_MS, "24 hours"],
  [12 * HOUR_MS, "12 hours"],
  [HOUR_MS, "60 minutes"],
  [15 * MINUTE_MS, "15 minutes"],
  [90 * SECOND_MS, "90 seconds"],
])("%d ms is written for people as %s", (ms, text) => {
  expect(durationText(ms)).toBe(text);
});
