import type { UsageCounter } from "../core/access/index.ts";
import type { AccessTokens, Administrator } from "../core/identity/index.ts";
import type { ProviderConfigCache } from "../core/providers/index.ts";
import type { KeyVault, Signer } from "../core/secrets/index.ts";
import type { Factories } from "../lib/lazy.ts";
import type { AccessLog } from "../platform/access-log.ts";
import type { Env } from "../platform/bindings.ts";
import type { MediaSignatures } from "../platform/media-signatures.ts";
import type { Meter } from "../platform/meter.ts";
import type { Settings } from "../platform/settings.ts";
import type { Services } from "./services.ts";

/** What an isolate keeps between requests: caches and buffers. It may be lost at any time. */
export interface Isolate {
  readonly settings: Settings;
  readonly accessLog: AccessLog;
  readonly accessTokens: AccessTokens;
  readonly signer: Signer;
  readonly mediaSignatures: MediaSignatures;
  readonly administrator: Administrator;
  readonly providerConfig: ProviderConfigCache;
  readonly vault: KeyVault;
  readonly usage: UsageCounter;
}

/** What a container is constructed with; its services are constructed from it. */
export interface Base {
  readonly env: Env;
  readonly ctx: Pick<ExecutionContext, "waitUntil">;
  readonly meter: Meter;
  readonly isolate: Isolate;
}

/** The factories of some services. */
export type Slice<S> = Factories<S, Base & Services>;
