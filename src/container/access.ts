import { ApiKeys, Usage } from "../core/access/index.ts";
import { OAuthClients, OAuthGrants, OAuthTokens } from "../core/oauth/index.ts";
import type { AccessServices } from "../http/services.ts";
import type { Slice } from "../http/slice.ts";
import { systemClock } from "../lib/clock.ts";

export const accessServices: Slice<AccessServices> = {
  apiKeys: ({ db }) => new ApiKeys(db, systemClock),
  usage: ({ db, isolate, defer }) =>
    new Usage({
      db,
      counter: isolate.usage,
      clock: systemClock,
      defer: (work) => defer("usage.count_failed", work),
    }),
  oauthClients: ({ db }) => new OAuthClients(db, systemClock),
  oauthGrants: ({ db }) => new OAuthGrants(db, systemClock),
  oauthTokens: ({ db }) => new OAuthTokens(db, systemClock),
};
