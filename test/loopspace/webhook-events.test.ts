import { env } from "cloudflare:workers";
import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import { request, requestJson } from "../support/http.ts";
import { as, loopspaceId, newUser } from "../support/loopspace.ts";
import { call, newMeeting, newMeetingUser } from "../support/meeting.ts";
import { newReceiver, newWebhook, receivedEvents } from "../support/webhooks.ts";

describe("an event", () => {
  it("user.followed reaches the followed account once, with valid signatures", async () => {
    const [fan, star] = [await newUser(), await newUser()];
    const box = newReceiver();
    const { secret } = await newWebhook(star, box.url, ["user.followed"]);
    for (let i = 0; i < 3; i++)
      expect((await request(`/api/v1/users/${loopspaceId(star)}/follow`, as(fan, "POST"))).status).toBe(200);
    const [event] = await receivedEvents(box);
    expect(event).toEqual({
      id: expect.stringMatching(/^evt_/),
      type: "user.followed",
      createdAt: expect.stringMatching(/Z$/),
      data: {
        follower: { id: loopspaceId(fan), username: fan.username, name: fan.username },
        followee: { id: loopspaceId(star) },
      },
    });
    const [delivery, ...more] = await box.received();
    expect(more).toEqual([]);
    expect(new Webhook(secret).verify(delivery?.body ?? "", delivery?.headers ?? {})).toEqual(event);
  });

  it("generation.completed and generation.failed reach the account that requested the generation", async () => {
    const user = await newUser();
    const box = newReceiver();
    await newWebhook(user, box.url, ["generation.completed", "generation.failed"]);
    const made = await requestJson<{ id: string }>(
      "/api/videos/generate",
      as(user, "POST", { prompt: "a cat", duration: 1 }),
    );
    const [event] = await receivedEvents(box);
    expect(event).toMatchObject({
      type: "generation.completed",
      data: { id: made.body.id, product: "sora", kind: "video", model: expect.any(String), cost: 1 },
    });

    const id = crypto.randomUUID();
    await env.DB.prepare(
      `INSERT INTO tasks (id, user_id, product, kind, prompt, params, state, cost, deadline_at, created_at, updated_at)
       SELECT ?1, id, 'sora', 'video', 'p', '{"aspectRatio":"16:9","durationSeconds":1,"hd":false}', 'PENDING', 0, 0, 0, 0
       FROM users WHERE uuid = ?2`,
    )
      .bind(id, user.id)
      .run();
    await env.GENERATION.send({ kind: "task", id }, { contentType: "json" });
    const events = await receivedEvents(box, 2);
    expect(events[1]).toMatchObject({ type: "generation.failed", data: { id, failure: "deadline" } });
  });

  it("meeting.ended reaches the host once, however often the meeting is ended", async () => {
    const host = await newMeetingUser();
    const box = newReceiver();
    await newWebhook(host, box.url, ["meeting.ended"]);
    const { meeting_id, meeting_code, title } = await newMeeting(host);
    for (let i = 0; i < 2; i++)
      expect((await call(`/meetings/${meeting_id}/end`, as(host, "POST", {}))).status).toBe(200);
    const [event] = await receivedEvents(box);
    expect(event).toMatchObject({
      type: "meeting.ended",
      data: { id: meeting_id, code: meeting_code, title, startedAt: null, endedAt: expect.any(String) },
    });
    expect(await box.received()).toHaveLength(1);
  });

  it("order.paid reaches the buyer", async () => {
    const user = await newUser();
    const box = newReceiver();
    await newWebhook(user, box.url, ["order.paid"]);
    await request("/api/credits/recharge", as(user, "POST", { credits: 100, paymentMethod: "ALIPAY" }));
    const [event] = await receivedEvents(box);
    expect(event).toMatchObject({
      type: "order.paid",
      data: { kind: "credits", credits: 100, amountMinor: 1_000, currency: "CNY", method: "ALIPAY" },
    });
  });
});
