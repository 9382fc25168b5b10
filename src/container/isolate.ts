import QuickLRU from "quick-lru";
import { ClientKey, VerifierMemory } from "../core/codes/index.ts";
import { UsageCounter } from "../core/developer/index.ts";
import { AccessTokens, Administrator } from "../core/identity/index.ts";
import { AddressBuckets } from "../core/limits/index.ts";
import type { ClosedMeetings } from "../core/meetings/index.ts";
import { KeyVault, ProviderConfigCache } from "../core/provider-config/index.ts";
import { MINUTE_MS, systemClock } from "../lib/clock.ts";
import { AccessLog } from "../platform/access-log.ts";
import type { Env } from "../platform/bindings.ts";
import { type MediaSignatures, mediaSignatures } from "../platform/media-signatures.ts";
import { type Settings, settingsOf } from "../platform/settings.ts";

/** What an isolate keeps between requests: caches and buffers. It may be lost at any time. */
export interface Isolate {
  readonly settings: Settings;
  readonly verifier: VerifierMemory;
  readonly guesses: AddressBuckets;
  readonly accessLog: AccessLog;
  readonly accessTokens: AccessTokens;
  readonly mediaSignatures: MediaSignatures;
  readonly administrator: Administrator;
  readonly providerConfig: ProviderConfigCache;
  readonly vault: KeyVault;
  readonly usage: UsageCounter;
  /** Meetings that refuse passwords after too many wrong ones, with the time until which they do. ms UTC */
  readonly closedMeetings: ClosedMeetings;
  readonly clientKey: ClientKey;
}

const isolates = new WeakMap<Env, Isolate>();

export const isolateOf = (env: Env): Isolate => {
  let isolate = isolates.get(env);
  if (!isolate) {
    const settings = settingsOf(env);
    isolate = {
      settings,
      verifier: new VerifierMemory(),
      guesses: new AddressBuckets(settings.VERIFY_INVALID_LIMIT, MINUTE_MS),
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
      closedMeetings: new QuickLRU({ maxSize: 10_000 }),
      clientKey: new ClientKey(settings.MUSICQR_SECRET_KEY),
      vault: new KeyVault(settings.CONFIG_KEY, settings.CONFIG_KEY_PREVIOUS),
    };
    isolates.set(env, isolate);
  }
  return isolate;
};
