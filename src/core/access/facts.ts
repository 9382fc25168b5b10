/** Lists that contracts and pages need as well. This module has no dependency on the server. */

/** The scopes that a key or an application can have. */
export const SCOPES = [
  "audio:read",
  "audio:write",
  "users:read",
  "users:write",
  "webhooks",
  // A scope of its own, because it permits spending the account's credits.
  "purchases",
] as const;

export type Scope = (typeof SCOPES)[number];

/** Sandbox credentials give access to sandbox data only. */
export const ENVIRONMENTS = ["live", "sandbox"] as const;

export type Environment = (typeof ENVIRONMENTS)[number];
