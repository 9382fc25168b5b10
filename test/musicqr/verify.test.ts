import { exports } from "cloudflare:workers";
import { expect, it } from "vitest";

it("answers", async () => {
  const r = await exports.default.fetch("http://localhost/api/verify/ABCD12345678");
  expect(await r.json()).toEqual({});
});
