import { UsageCounter } from "../core/developer/index.ts";
import { AccessTokens, Administrator } from "../core/identity/index.ts";
import { ProviderConfigCache } from "../core/providers/index.ts";
import { KeyVault } from "../core/secrets/index.ts";
import type { Isolate } from "../http/slice.ts";
import { systemClock } from "../lib/clock.ts";
import { AccessLog } from "../platform/access-log.ts";
import { mediaSignatures } from "../platform/media-signatures.ts";
import { perIsolate } from "../platform/per-isolate.ts";
import { settingsOf } from "../platform/settings.ts";

export const isolateOf = perIsolate((env): Isolate => {
  const settings = settingsOf(env);
  return {
    settings,
    accessLog: new AccessLog(),
    accessTokens: new AccessTokens(
      { current: settings.JWT_SECRET, previous: settings.JWT_SECRET_PREVIOUS },
      systemClock,
    ),
    mediaSignatures: mediaSignatures(settings.JWT_SECRET),
    administrator: new Administrator({
      username: settings.ADMIN_USERNAME,
      password: settings.ADMIN_PASSWORD,
      tagSecret: settings.JWT_SECRET,
    }),
    providerConfig: new ProviderConfigCache(),
    usage: new UsageCounter(),
    vault: new KeyVault(settings.CONFIG_KEY, settings.CONFIG_KEY_PREVIOUS),
  };
});
