import { expect, expectTypeOf, it } from "vitest";
import guide from "../../docs/webhooks.md?raw";
import type { WebhookEventData } from "../../sdk/loopspace-js/src/events.ts";
import { EVENT_TYPES, type EventData, type EventType } from "../../src/core/webhooks/index.ts";

it("are the same in the JavaScript SDK, with the same data", () => {
  type OfPlatform = { [T in EventType]: EventData<T> };
  type OfSdk = { -readonly [T in keyof WebhookEventData]: WebhookEventData[T] };
  expectTypeOf<keyof OfSdk>().toEqualTypeOf<keyof OfPlatform>();
  expectTypeOf<OfPlatform>().toExtend<OfSdk>();
  expectTypeOf<OfSdk>().toExtend<OfPlatform>();
});

it("are all in the table of docs/webhooks.md, and no others", () => {
  const listed = [...guide.matchAll(/^\| `([a-z]+\.[a-z]+)`/gm)].map(([, type]) => type);
  expect(listed).toEqual(EVENT_TYPES);
});
