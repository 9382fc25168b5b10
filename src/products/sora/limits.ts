import type { RateLimit } from "../../core/limits/index.ts";
import { limitAddress, limitRegistrations, requireUser } from "../../http/authentication.ts";
import type { AppContext } from "../../http/context.ts";
import { HOUR_MS, MINUTE_MS } from "../../lib/clock.ts";

const QUARTER_MS = 15 * MINUTE_MS;

const settingsOf = (c: AppContext) => c.get("services").settings;

const general = (c: AppContext): RateLimit => ({
  name: "general",
  limit: settingsOf(c).SORA_GENERAL_LIMIT,
  windowMs: QUARTER_MS,
});

/** Requires a session, and applies the general limit. */
export const signedIn = requireUser("sora", (c) => [general(c)]);

const generation = (c: AppContext): RateLimit[] => [
  general(c),
  { name: "generate", limit: settingsOf(c).SORA_GENERATE_LIMIT, windowMs: HOUR_MS },
];

/** Like `signedIn`, with the limit of generations. */
export const signedInToGenerate = requireUser("sora", generation);

/** Like `signedInToGenerate`, but a request that resumes a stream counts for no limit. */
export const signedInToGenerateOrResume = (isResumed: (c: AppContext) => boolean) =>
  requireUser("sora", generation, { takesNothing: isResumed });

/** For routes without a session: counted by network. */
export const limitPublicCalls = limitAddress("sora", (c) => [general(c)]);

export const limitLogin = limitAddress("sora-login", (c) => [
  { name: "login", limit: settingsOf(c).SORA_LOGIN_LIMIT, windowMs: QUARTER_MS },
]);

export const limitRegister = limitRegistrations("sora-register", (c) => [
  { name: "register", limit: settingsOf(c).SORA_REGISTER_LIMIT, windowMs: HOUR_MS },
]);
