import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { KeyVault } from "../../src/core/secrets/index.ts";
import { Meetings } from "../../src/products/meeting/domain/meetings/index.ts";
import { jsonBody, newAddress } from "../support/http.ts";
import { as, call, join, newMeeting, newMeetingUser } from "../support/meeting.ts";
import { db } from "../support/meeting-room.ts";

const MAX_ID = 2 ** 31 - 1;
/** The default limit of the settings. */
const MISSES = 20;

const facts = {
  title: "Weekly",
  description: "",
  kind: "video",
  startAt: 0,
  endAt: null,
  maxParticipants: 10,
  isRecordingEnabled: false,
  allowsGuests: false,
  password: undefined,
} as const;

/** Returns a `Meetings` that takes its random numbers from a list. */
const meetingsDrawing = (...ids: number[]) =>
  new Meetings({
    db,
    clock: Date.now,
    vault: new KeyVault("x".repeat(32), undefined),
    newId: () => ids.shift() ?? MAX_ID,
  });

describe("a meeting's number", () => {
  it("is a random positive 32-bit integer, so that its neighbours are unknown", async () => {
    const host = await newMeetingUser();
    const ids: number[] = [];
    for (let i = 0; i < 12; i++) ids.push((await newMeeting(host)).meeting_id);
    for (const id of ids) expect(Number.isInteger(id) && id >= 1 && id <= MAX_ID).toBe(true);
    const gaps = ids.slice(1).map((id, i) => Math.abs(id - (ids[i] ?? 0)));
    // The probability that all twelve are in the lowest hundredth, or two are adjacent, is below 10^-6.
    expect(Math.max(...ids)).toBeGreaterThan(MAX_ID / 100);
    expect(Math.min(...gaps)).toBeGreaterThan(1);
    const stranger = await newMeetingUser();
    expect((await join(stranger, (ids[0] ?? 0) + 1)).body.code).toBe(2_001);
  });

  it("is drawn again when it is taken, and the existing meeting is unchanged", async () => {
    const first = await meetingsDrawing(4_711).create(1, facts);
    expect(first).toMatchObject({ ok: true, value: { id: 4_711 } });
    const second = await meetingsDrawing(4_711, 4_711, 4_712).create(2, { ...facts, title: "Other" });
    expect(second).toMatchObject({ ok: true, value: { id: 4_712, title: "Other" } });
    const { results } = await env.DB.prepare(
      "SELECT id, host_id FROM meetings WHERE id IN (4711, 4712) ORDER BY id",
    ).all();
    expect(results).toEqual([
      { id: 4_711, host_id: 1 },
      { id: 4_712, host_id: 2 },
    ]);
  });

  it("does not affect the order of meetings with the same time", async () => {
    const host = await newMeetingUser();
    const start_time = "2031-01-01T10:00:00Z";
    const made: number[] = [];
    for (let i = 0; i < 5; i++) {
      made.push((await newMeeting(host, { start_time })).meeting_id);
      await env.DB.prepare("UPDATE meetings SET created_at = ? WHERE id = ?")
        .bind(1_000 + i, made[i])
        .run();
    }
    const { data } = await call<{ meetings: { meeting_id: number }[] }>("/meetings", as(host));
    expect(data.meetings.map(({ meeting_id }) => meeting_id)).toEqual(made.toReversed());
  });
});

describe("guessing a meeting's number", () => {
  it("ends in 429 for the guessing account, from any IP address and on any route", async () => {
    const [host, guesser, other] = [await newMeetingUser(), await newMeetingUser(), await newMeetingUser()];
    const { meeting_id, meeting_code } = await newMeeting(host);
    const routes = [
      (i: number) => join(guesser, 1_000_000 + i),
      () => call("/meetings/join", as(guesser, "POST", { meeting_code: "BBB-BBB-BBB" })),
      () => call("/meetings/code/BBB-BBB-BBB", as(guesser)),
      () => call("/meetings/code/nonsense", as(guesser)),
    ];
    for (let i = 0; i < MISSES; i++)
      expect(await routes[i % routes.length]?.(i)).toMatchObject({ status: 404, body: { code: 2_001 } });
    for (const refused of [
      await join(guesser, 1_000_000),
      await join(guesser, meeting_id),
      await call(`/meetings/code/${meeting_code}`, as(guesser)),
    ]) {
      expect(refused).toMatchObject({ status: 429, body: { code: 429, message: "Too many requests" } });
      expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(60);
    }
    // Requests that are not guesses still work, and so do those of other accounts.
    expect((await call("/meetings", as(guesser))).status).toBe(200);
    expect((await join(other, meeting_id)).status).toBe(200);
    expect((await join(host, meeting_id)).status).toBe(200);
  });

  it("ends in 429 for guests of a network; accounts on the network can still join", async () => {
    const host = await newMeetingUser();
    const { meeting_id } = await newMeeting(host, { allow_guests: true });
    const at = { "cf-connecting-ip": newAddress() };
    const asGuest = (id: number, headers: Record<string, string>) =>
      call(`/meetings/${id}/join`, jsonBody({ full_name: "Guest" }, headers));
    // The limit also holds for concurrent guesses, although several may pass the first check.
    const asked = await Promise.all(
      Array.from({ length: MISSES + 10 }, (_, i) => asGuest(2_000_000 + i, at)),
    );
    const statuses = asked.map(({ status }) => status).sort();
    expect(statuses).toEqual([...Array<number>(MISSES).fill(404), ...Array<number>(10).fill(429)]);
    expect((await asGuest(meeting_id, at)).status).toBe(429);
    expect((await asGuest(meeting_id, { "cf-connecting-ip": newAddress() })).status).toBe(200);
    const headers = { ...at, authorization: `Bearer ${host.token}` };
    expect((await call(`/meetings/${meeting_id}/join`, jsonBody({}, headers))).status).toBe(200);
  });

  it("does not count joins of an existing meeting", async () => {
    const host = await newMeetingUser();
    const { meeting_id } = await newMeeting(host);
    for (let i = 0; i < MISSES + 2; i++) expect((await join(host, meeting_id)).status).toBe(200);
  });
});
