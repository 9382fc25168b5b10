import type { RateLimit } from "../../core/limits/index.ts";
import { limitAddress, limitRegistrations, requireUser } from "../../http/authentication.ts";
import { clientNetwork } from "../../http/client.ts";
import type { AppContext } from "../../http/context.ts";
import { retryAfterSeconds } from "../../http/limits.ts";
import { HOUR_MS, MINUTE_MS } from "../../lib/clock.ts";
import { fail } from "./respond.ts";

const QUARTER_MS = 15 * MINUTE_MS;
const settingsOf = (c: AppContext) => c.get("services").settings;

const calls = (c: AppContext): RateLimit => ({
  name: "calls",
  limit: settingsOf(c).MEETING_CALLS_LIMIT,
  windowMs: QUARTER_MS,
});

/** Limits joins and lookups, whether or not the meeting exists. */
const joins = (c: AppContext): RateLimit => ({
  name: "joins",
  limit: settingsOf(c).MEETING_JOINS_LIMIT,
  windowMs: MINUTE_MS,
});

/** Limits numbers and codes of no meeting: a meeting without a password admits a caller that guesses its number. */
const misses = (c: AppContext): RateLimit => ({
  name: "misses",
  limit: settingsOf(c).MEETING_MISSES_LIMIT,
  windowMs: QUARTER_MS,
});

const joinLimits = (c: AppContext): RateLimit[] => [calls(c), joins(c), { ...misses(c), peek: true }];

/** Answers a number or code of no meeting, and counts the miss by account, or by network for a guest. */
export const answerUnknownMeeting = async (c: AppContext) => {
  const user = c.get("caller")?.user;
  const key = user ? `meeting:user:${user.uuid}` : `meeting:address:${clientNetwork(c)}`;
  const { allowed, resetAt } = await c.get("services").limits.consume(key, [misses(c)]);
  if (allowed) return fail(c, { code: "not_found", what: "meeting" });
  return fail(c, { code: "rate_limited", retryAfterSeconds: retryAfterSeconds(resetAt, Date.now()) });
};

export const signedIn = requireUser("meeting", (c) => [calls(c)]);

/** Requires a session, for routes that join or look up a meeting. */
export const signedInToJoin = requireUser("meeting", joinLimits);

/** For the same routes without a session: guests are counted by network. */
export const guestsToJoin = limitAddress("meeting", joinLimits);

export const limitPublicCalls = limitAddress("meeting", (c) => [calls(c)]);

export const limitLogin = limitAddress("meeting-login", (c) => [
  { name: "login", limit: settingsOf(c).MEETING_LOGIN_LIMIT, windowMs: QUARTER_MS },
]);

export const limitRegister = limitRegistrations("meeting-register", (c) => [
  { name: "register", limit: settingsOf(c).MEETING_REGISTER_LIMIT, windowMs: HOUR_MS },
]);

export const limitSocket = limitAddress("meeting-socket", () => [
  { name: "sockets", limit: 240, windowMs: MINUTE_MS },
]);
