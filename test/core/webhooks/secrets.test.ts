import { createHmac } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import { bodyOf, type EventData, EXAMPLES } from "../../../src/core/webhooks/events.ts";
import { newSecret, signatureHeaders, validateSecret } from "../../../src/core/webhooks/secrets.ts";

const at = Date.now();
const body = bodyOf({ id: "evt_1", type: "user.followed", at, data: EXAMPLES["user.followed"] });
const signed = (secrets: [string, ...string[]], attempt = 1) =>
  signatureHeaders({ id: "evt_1", body, at, attempt, secrets });
const hex = (secret: string) => createHmac("sha256", secret).update(body).digest("hex");

describe("the signatures of a delivery", () => {
  it("are verified by a Standard Webhooks library with the secret as given", () => {
    const secret = newSecret();
    expect(new Webhook(secret).verify(body, signed([secret]))).toEqual(JSON.parse(body));
    expect(() => new Webhook(newSecret()).verify(body, signed([secret]))).toThrow();
    expect(() => new Webhook(secret).verify(`${body} `, signed([secret]))).toThrow();
  });

  it("use a chosen secret as text, without decoding", () => {
    const secret = "your_webhook_secret";
    const verified = new Webhook(secret, { format: "raw" }).verify(body, signed([secret]));
    expect(verified).toEqual(JSON.parse(body));
    expect(signed([secret])["x-loopspace-signature"]).toBe(hex(secret));
  });

  it("are valid for the old and the new secret during a rotation", () => {
    const [next, before] = [newSecret(), "the one before it"];
    const headers = signed([next, before]);
    expect(headers["webhook-signature"]?.split(" ")).toHaveLength(2);
    expect(new Webhook(next).verify(body, headers)).toEqual(JSON.parse(body));
    expect(new Webhook(before, { format: "raw" }).verify(body, headers)).toEqual(JSON.parse(body));
  });

  it("alternate in the header with room for one, so that at the latest the second attempt is accepted", () => {
    const secrets: [string, string] = [newSecret(), newSecret()];
    const turns = [1, 2, 3].map((attempt) => signed(secrets, attempt)["x-loopspace-signature"]);
    expect(turns).toEqual([hex(secrets[0]), hex(secrets[1]), hex(secrets[0])]);
  });
});

describe("a secret", () => {
  it.each([
    newSecret(),
    `whsec_${btoa("x".repeat(24))}`,
    `whsec_${btoa("x".repeat(64))}`,
    "your_webhook_secret",
  ])("may be %s", (secret) => {
    expect(validateSecret(secret)).toBeUndefined();
  });

  it.each([
    "too short",
    "has a blank in the middle of it",
    "密钥密钥密钥密钥密钥密钥密钥密钥",
    "x".repeat(257),
    `whsec_${btoa("x".repeat(23))}`,
    `whsec_${btoa("x".repeat(65))}`,
    "whsec_this is not base64 at all!!",
    `whsec_${btoa("x".repeat(25)).replaceAll("=", "")}`,
  ])("may not be %s", (secret) => {
    expect(validateSecret(secret)).toBeTypeOf("string");
  });
});

describe("a body", () => {
  /** Re-serializes a body as a receiver does that parses it before it checks the signature. */
  const rewritten = (text: string) => JSON.stringify(JSON.parse(text));

  it.each(Object.entries(EXAMPLES))("of %s is unchanged by parsing and serialization", (type, data) => {
    const text = bodyOf({ id: "evt_1", type: type as keyof typeof EXAMPLES, at, data });
    expect(rewritten(text)).toBe(text);
    expect(Object.keys(JSON.parse(text))).toEqual(["id", "type", "createdAt", "data"]);
  });

  it("is unchanged with any characters in names, and any numbers", () => {
    const names = [
      "\u2028\u2029",
      '"\\/',
      "\ud800 alone",
      "💿",
      "\0\x1f\x7f",
      "<script>&amp;",
      "10",
      "__proto__",
    ];
    for (const name of names) {
      const person = { id: "user_1", username: name, name };
      const data = { follower: person, followee: { id: "user_2", "10": 1, "2": 2, b: 1, a: -0 } };
      const text = bodyOf({ id: "evt_1", type: "user.followed", at, data });
      expect(rewritten(text)).toBe(text);
      // A transfer as UTF-8 through a database and a network.
      expect(new TextDecoder().decode(new TextEncoder().encode(text))).toBe(text);
    }
    for (const duration of [0.1 + 0.2, 1e21, 1e-7, 180, -0, Number.MAX_SAFE_INTEGER]) {
      const data: EventData<"audio.uploaded"> = { ...EXAMPLES["audio.uploaded"], duration };
      const text = bodyOf({ id: "evt_1", type: "audio.uploaded", at, data });
      expect(rewritten(text)).toBe(text);
    }
  });

  it("contains no unpaired surrogates, which other languages refuse", () => {
    const person = { id: "user_1", username: "a\udc00b", name: "\ud83d" };
    const data = { follower: person, followee: { id: "user_2" } };
    const text = bodyOf({ id: "evt_1", type: "user.followed", at, data });
    expect(text).not.toMatch(/\\ud[89a-f]/i);
    expect(JSON.parse(text).data.follower.username).toBe("a\ufffdb");
  });
});
