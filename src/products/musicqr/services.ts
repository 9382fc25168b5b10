import { AddressBuckets } from "../../core/limits/index.ts";
import type { Slice } from "../../http/slice.ts";
import { MINUTE_MS, systemClock } from "../../lib/clock.ts";
import { perIsolate } from "../../platform/per-isolate.ts";
import { settingsOf } from "../../platform/settings.ts";
import { ClientKey, CodeDirectory, Verifier, VerifierMemory } from "./domain/index.ts";
import { VerifierPorts } from "./verifier-ports.ts";

interface MusicqrServices {
  readonly verifier: Verifier;
  readonly directory: CodeDirectory;
  readonly clientKey: ClientKey;
  /** Limits requests for unknown codes by network address, to slow down guessing. */
  readonly codeGuesses: AddressBuckets;
}

declare module "../../http/services.ts" {
  interface Services extends MusicqrServices {}
}

const isolateOf = perIsolate((env) => {
  const settings = settingsOf(env);
  return {
    memory: new VerifierMemory(),
    guesses: new AddressBuckets(settings.VERIFY_INVALID_LIMIT, MINUTE_MS),
    clientKey: new ClientKey(settings.MUSICQR_SECRET_KEY),
  };
});

export const musicqrServices: Slice<MusicqrServices> = {
  verifier: ({ env, ctx, meter }) => new Verifier(new VerifierPorts(isolateOf(env).memory, env, ctx, meter)),
  directory: ({ db, ctx }) => new CodeDirectory(db, systemClock, (work) => ctx.waitUntil(work)),
  clientKey: ({ env }) => isolateOf(env).clientKey,
  codeGuesses: ({ env }) => isolateOf(env).guesses,
};
