import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { WebhookHeaders } from "../../sdk/loopspace-js/src/index.ts";
import { type Consumer, eventBody, guideHeaders, newConsumer, standardHeaders } from "./sdk-js-consumer.ts";

const CHOSEN = "your_webhook_secret";
const MADE = `whsec_${Buffer.from("0123456789abcdef0123456789abcdef").toString("base64")}`;
const DAY_MS = 86_400_000;

describe("verifyWebhook of the JavaScript SDK", () => {
  let consumer: Consumer;

  beforeAll(async () => {
    consumer = await newConsumer();
  });

  afterAll(() => consumer?.remove());

  const verify: Consumer["sdk"]["verifyWebhook"] = (...given) => consumer.sdk.verifyWebhook(...given);
  const body = eventBody("evt_1");

  it.each([CHOSEN, MADE])("accepts a body signed with %s, as text or as bytes", async (secret) => {
    const bytes = new TextEncoder().encode(body);
    for (const headers of [standardHeaders("evt_1", body, [secret]), guideHeaders(body, secret)])
      for (const raw of [body, bytes, bytes.buffer, Buffer.from(body)])
        expect(await verify(raw, headers, secret)).toEqual(JSON.parse(body));
  });

  it("accepts headers in the form of any server", async () => {
    const headers = standardHeaders("evt_1", body, [CHOSEN]);
    const upper = Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value] as const);
    for (const given of [new Headers(headers), upper, Object.fromEntries(upper), new Map(upper)])
      expect(await verify(body, given, CHOSEN)).toMatchObject({ id: "evt_1" });
    const lists = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]));
    expect(await verify(body, { ...lists, host: undefined }, CHOSEN)).toMatchObject({ id: "evt_1" });
  });

  it("accepts either secret during a rotation", async () => {
    const headers = standardHeaders("evt_1", body, [MADE, CHOSEN]);
    expect(await verify(body, headers, CHOSEN)).toMatchObject({ id: "evt_1" });
    expect(await verify(body, headers, ["neither", MADE])).toMatchObject({ id: "evt_1" });
    expect(await verify(body, guideHeaders(body, MADE), [CHOSEN, MADE])).toMatchObject({ id: "evt_1" });
  });

  const standard = standardHeaders("evt_1", body, [CHOSEN]);
  const guide = guideHeaders(body, CHOSEN);
  const later = String(Number(standard["webhook-timestamp"]) + 1);
  it.each<[string, string, Record<string, string>]>([
    ["another body", body.replace("listener", "Listener"), standard],
    ["another body under the guide's header", body.replace("listener", "Listener"), guide],
    ["another secret", body, standardHeaders("evt_1", body, [MADE])],
    ["another secret under the guide's header", body, guideHeaders(body, MADE)],
    ["another id", body, { ...standard, "webhook-id": "evt_2" }],
    ["another time", body, { ...standard, "webhook-timestamp": later }],
    ["an invalid timestamp", body, { ...standard, "webhook-timestamp": "soon" }],
    ["no signature", body, {}],
    ["an empty signature", body, { ...standard, "webhook-signature": "" }],
    ["a signature of another version", body, { ...standard, "webhook-signature": "v2,AAAA" }],
    ["a signature that is not base64", body, { ...standard, "webhook-signature": "v1,%%%" }],
    ["half a signature", body, { "x-loopspace-signature": guide["x-loopspace-signature"].slice(0, 32) }],
    ["a signature that is not hexadecimal", body, { "x-loopspace-signature": "zz" }],
    // Otherwise an attacker with one valid delivery could leave out the header that tells its age.
    ["an incomplete scheme beside a valid signature", body, { ...guide, "webhook-id": "evt_1" }],
    ["a wrong signature beside a valid one", body, { ...guide, ...standard, "webhook-signature": "v1,AAAA" }],
  ])("refuses %s", async (_, raw, headers) => {
    await expect(verify(raw, headers, CHOSEN)).rejects.toMatchObject({
      name: "LoopspaceError",
      code: "SIGNATURE_INVALID",
    });
  });

  it("refuses deliveries that are too old or from the future", async () => {
    const sentAt = (seconds: number) =>
      standardHeaders("evt_1", body, [CHOSEN], Date.now() + seconds * 1_000);
    for (const seconds of [-310, 310])
      await expect(verify(body, sentAt(seconds), CHOSEN)).rejects.toMatchObject({
        code: "SIGNATURE_INVALID",
      });
    for (const seconds of [-290, 290])
      expect(await verify(body, sentAt(seconds), CHOSEN)).toMatchObject({ id: "evt_1" });
    expect(await verify(body, sentAt(-500), CHOSEN, { tolerance: 600 })).toMatchObject({ id: "evt_1" });
    // The guide's header has no time, so the limit is the longest retry schedule.
    const verifyOld = (days: number) => {
      const old = eventBody("evt_1", Date.now() - days * DAY_MS);
      return verify(old, guideHeaders(old, CHOSEN), CHOSEN);
    };
    expect(await verifyOld(1.9)).toMatchObject({ id: "evt_1" });
    await expect(verifyOld(2.1)).rejects.toMatchObject({ code: "SIGNATURE_INVALID" });
  });

  it.each<[string, unknown]>([
    ["a header that is null", { ...standard, "webhook-id": null }],
    [
      "a header that is a number",
      { ...standard, "webhook-timestamp": Number(standard["webhook-timestamp"]) },
    ],
    ["headers that are lists of other values", { "x-loopspace-signature": [null], "webhook-id": [[]] }],
    ["headers with unpaired surrogates", { ...standard, "webhook-id": "\ud800" }],
    ["malformed pairs", [[], ["webhook-id"], [1, 2]]],
  ])("refuses %s in the same way", async (_, headers) => {
    await expect(verify(body, headers as WebhookHeaders, CHOSEN)).rejects.toMatchObject({
      code: "SIGNATURE_INVALID",
    });
  });

  it("refuses a signed body that is not an event", async () => {
    for (const raw of ["", "null", "[]", "5", "{}", body.replace('"createdAt"', '"sentAt"')])
      for (const headers of [standardHeaders("evt_1", raw, [CHOSEN]), guideHeaders(raw, CHOSEN)])
        await expect(verify(raw, headers, CHOSEN)).rejects.toMatchObject({ code: "SIGNATURE_INVALID" });
  });

  it("reports wrong usage", async () => {
    const misuse = (raw: unknown, secret: unknown) => verify(raw as string, standard, secret as string);
    for (const [raw, secret] of [
      [JSON.parse(body), CHOSEN],
      [body, ""],
      [body, undefined],
      [body, []],
      [body, "whsec_%%%"],
      [body, "whsec_"],
    ])
      await expect(misuse(raw, secret)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    for (const headers of [undefined, null, "webhook-id: evt_1"])
      await expect(verify(body, headers as unknown as WebhookHeaders, CHOSEN)).rejects.toMatchObject({
        code: "INVALID_ARGUMENT",
      });
  });
});
