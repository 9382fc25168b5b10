import type { RateLimit } from "../../core/limits/index.ts";
import { limitAddress, limitRegistrations, requireUser, welcomeGuests } from "../../http/authentication.ts";
import type { AppContext } from "../../http/context.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../lib/clock.ts";

type Plan = "free" | "pro";

const settingsOf = (c: AppContext) => c.get("services").settings;

const calls = (c: AppContext, plan: Plan): RateLimit => {
  const { STUDIO_FREE_CALLS, STUDIO_VIP_CALLS } = settingsOf(c);
  return { name: "calls", limit: plan === "pro" ? STUDIO_VIP_CALLS : STUDIO_FREE_CALLS, windowMs: HOUR_MS };
};

const IMAGES = "images";
const VIDEOS = "videos";

const daily = (name: string, limit: number): RateLimit => ({
  name,
  limit,
  windowMs: DAY_MS,
  calendar: true,
});

/** Signed-in callers, each with the hourly limit of their plan. */
export const signedIn = requireUser("studio", (c, plan) => [calls(c, plan)]);

/** The same, where some requests go on with what was begun before. */
export const signedInOrResume = (isResumed: (c: AppContext) => boolean) =>
  requireUser("studio", (c, plan) => [calls(c, plan)], { takesNothing: isResumed });

/** The same with the daily limit of what is made, in one call. What is refused does not count for the day. */
export const signedInForImages = requireUser(
  "studio",
  (c, plan) => {
    const { STUDIO_FREE_IMAGES, STUDIO_VIP_IMAGES } = settingsOf(c);
    return [calls(c, plan), daily(IMAGES, plan === "pro" ? STUDIO_VIP_IMAGES : STUDIO_FREE_IMAGES)];
  },
  { countDone: [IMAGES] },
);

export const signedInForVideos = requireUser(
  "studio",
  (c, plan) => {
    const { STUDIO_FREE_VIDEOS, STUDIO_VIP_VIDEOS } = settingsOf(c);
    return [calls(c, plan), daily(VIDEOS, plan === "pro" ? STUDIO_VIP_VIDEOS : STUDIO_FREE_VIDEOS)];
  },
  { countDone: [VIDEOS] },
);

const guests = limitAddress("studio", (c) => [
  { name: "guest", limit: settingsOf(c).STUDIO_GUEST_CALLS, windowMs: HOUR_MS },
]);

/** The square is open: who shows a token is that user, anybody else a guest. */
export const anybody = welcomeGuests(signedIn, guests);

export const limitLogin = limitAddress("studio-login", (c) => [
  { name: "login", limit: settingsOf(c).STUDIO_LOGIN_LIMIT, windowMs: 15 * MINUTE_MS },
]);

export const limitRegister = limitRegistrations("studio-register", (c) => [
  { name: "register", limit: settingsOf(c).STUDIO_REGISTER_LIMIT, windowMs: HOUR_MS },
]);

/** Sockets are opened by whoever says they have a token. */
export const limitSocket = limitAddress("studio-socket", () => [
  { name: "sockets", limit: 120, windowMs: MINUTE_MS },
]);
