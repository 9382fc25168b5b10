import { describe, expect, it } from "vitest";
import { Signer } from "../../../src/core/secrets/index.ts";
import { hmacSha256Hex } from "../../../src/lib/secrets.ts";

const SECRET = "a secret of the test, long enough to be one";
const signer = new Signer({ current: SECRET });

describe("a signature", () => {
  it("is 64 hex digits, the same each time, and is accepted for its text", () => {
    const signature = signer.sign("media-url", "media:1");
    expect(signature).toMatch(/^[0-9a-f]{64}$/);
    expect(new Signer({ current: SECRET }).sign("media-url", "media:1")).toBe(signature);
    expect(signer.isSigned("media-url", "media:1", signature)).toBe(true);
  });

  it("is not accepted for another text, another purpose or another secret", () => {
    const signature = signer.sign("media-url", "media:1");
    expect(signer.isSigned("media-url", "media:2", signature)).toBe(false);
    expect(signer.isSigned("viewer", "media:1", signature)).toBe(false);
    expect(new Signer({ current: `${SECRET}!` }).isSigned("media-url", "media:1", signature)).toBe(false);
  });

  it.each(["", "0", "é".repeat(64), "0".repeat(64)])("is not replaced by %j", (given) => {
    expect(signer.isSigned("media-url", "media:1", given)).toBe(false);
  });

  it("is not an HMAC of the secret itself, which signs access tokens", async () => {
    expect(signer.sign("media-url", "media:1")).not.toBe(await hmacSha256Hex(SECRET, "media:1"));
  });

  it("of the previous secret stays valid after a rotation, but no new one is made with it", () => {
    const rotated = new Signer({ current: "the next secret of the test", previous: SECRET });
    const old = signer.sign("media-url", "media:1");
    expect(rotated.isSigned("media-url", "media:1", old)).toBe(true);
    expect(rotated.sign("media-url", "media:1")).not.toBe(old);
  });
});
