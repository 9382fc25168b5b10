import { expect, it } from "vitest";
import { versionedUrl } from "../../src/lib/provider-url.ts";

it.each([
  ["https://api.example.com", "https://api.example.com/v1"],
  ["https://api.example.com/", "https://api.example.com/v1"],
  ["https://api.example.com/v1", "https://api.example.com/v1"],
  ["https://api.example.com/v1/", "https://api.example.com/v1"],
  ["https://api.example.com/api/paas/v4", "https://api.example.com/api/paas/v4"],
  ["https://api.example.com/api/v3", "https://api.example.com/api/v3"],
  ["https://api.example.com/v1beta/openai", "https://api.example.com/v1beta/openai"],
  ["https://api.example.com/openai", "https://api.example.com/openai/v1"],
  ["https://v2.example.com/vision", "https://v2.example.com/vision/v1"],
])("a provider at %s is called at %s", (address, asked) => {
  expect(versionedUrl(address)).toBe(asked);
});
