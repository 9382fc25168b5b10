import type { RateLimit } from "../../core/limits/index.ts";
import { limitAddress, limitRegistrations, requireUser, userOrGuest } from "../../http/authentication.ts";
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

/** Requires a session, and applies the hourly limit of the caller's plan. */
export const signedIn = requireUser("studio", (c, plan) => [calls(c, plan)]);

/** Like `signedIn`, but a request that resumes an earlier answer counts for no limit. */
export const signedInOrResume = (isResumed: (c: AppContext) => boolean) =>
  requireUser("studio", (c, plan) => [calls(c, plan)], { takesNothing: isResumed });

/** Like `signedIn`, with a daily limit of images. A refused request does not count for the day. */
export const signedInToGenerateImages = requireUser(
  "studio",
  (c, plan) => {
    const { STUDIO_FREE_IMAGES, STUDIO_VIP_IMAGES } = settingsOf(c);
    return [calls(c, plan), daily(IMAGES, plan === "pro" ? STUDIO_VIP_IMAGES : STUDIO_FREE_IMAGES)];
  },
  { countDone: [IMAGES] },
);

export const signedInToGenerateVideos = requireUser(
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

/** For the public square: a request with a token acts as that user, any other as a guest. */
export const publicCalls = userOrGuest(signedIn, guests);

export const limitLogin = limitAddress("studio-login", (c) => [
  { name: "login", limit: settingsOf(c).STUDIO_LOGIN_LIMIT, windowMs: 15 * MINUTE_MS },
]);

export const limitRegister = limitRegistrations("studio-register", (c) => [
  { name: "register", limit: settingsOf(c).STUDIO_REGISTER_LIMIT, windowMs: HOUR_MS },
]);

/** Limits connections by network, because the token is verified only after this limit. */
export const limitSocket = limitAddress("studio-socket", () => [
  { name: "sockets", limit: 120, windowMs: MINUTE_MS },
]);
