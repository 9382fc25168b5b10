import type { RateLimit } from "../../core/limits/index.ts";
import { limitAddress, requireUser } from "../../http/authentication.ts";
import type { AppContext } from "../../http/context.ts";
import { HOUR_MS, MINUTE_MS } from "../../lib/clock.ts";

const QUARTER_MS = 15 * MINUTE_MS;
const settingsOf = (c: AppContext) => c.get("services").settings;

const calls = (c: AppContext): RateLimit => ({
  name: "calls",
  limit: settingsOf(c).MEETING_CALLS_LIMIT,
  windowMs: QUARTER_MS,
});

/** Tries of passwords of meetings, and of their numbers. */
const joins = (c: AppContext): RateLimit => ({
  name: "joins",
  limit: settingsOf(c).MEETING_JOINS_LIMIT,
  windowMs: MINUTE_MS,
});

export const signedIn = requireUser("meeting", (c) => [calls(c)]);

/** Signed-in callers who are about to join. */
export const signedInToJoin = requireUser("meeting", (c) => [calls(c), joins(c)]);

/** Guests are counted by address. */
export const guestsToJoin = limitAddress("meeting", (c) => [calls(c), joins(c)]);

export const anybody = limitAddress("meeting", (c) => [calls(c)]);

export const limitLogin = limitAddress("meeting-login", (c) => [
  { name: "login", limit: settingsOf(c).MEETING_LOGIN_LIMIT, windowMs: QUARTER_MS },
]);

export const limitRegister = limitAddress("meeting-register", (c) => [
  { name: "register", limit: settingsOf(c).MEETING_REGISTER_LIMIT, windowMs: HOUR_MS },
]);

export const limitSocket = limitAddress("meeting-socket", () => [
  { name: "sockets", limit: 240, windowMs: MINUTE_MS },
]);
