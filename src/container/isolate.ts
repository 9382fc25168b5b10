import { UsageCounter } from "../core/access/index.ts";
import { AccessTokens, Administrator } from "../core/identity/index.ts";
import { ProviderConfigCache } from "../core/providers/index.ts";
import { KeyVault, Signer } from "../core/secrets/index.ts";
import type { Isolate } from "../http/slice.ts";
import { systemClock } from "../lib/clock.ts";
import { AccessLog } from "../platform/access-log.ts";
import { MediaSignatures } from "../platform/media-signatures.ts";
import { perIsolate } from "../platform/per-isolate.ts";
import { settingsOf } from "../platform/settings.ts";

export const isolateOf = perIsolate((env): Isolate => {
  const settings = settingsOf(env);
  const secrets = { current: settings.JWT_SECRET, previous: settings.JWT_SECRET_PREVIOUS };
  const signer = new Signer(secrets);
  return {
    settings,
    signer,
    accessLog: new AccessLog(),
    accessTokens: new AccessTokens(secrets, systemClock),
    mediaSignatures: new MediaSignatures((text) => signer.sign("media-url", text)),
    administrator: new Administrator({
      username: settings.ADMIN_USERNAME,
      password: settings.ADMIN_PASSWORD,
      signer,
    }),
    providerConfig: new ProviderConfigCache(),
    usage: new UsageCounter(),
    vault: new KeyVault(settings.CONFIG_KEY, settings.CONFIG_KEY_PREVIOUS),
  };
});
