import { CodeDirectory, Verifier } from "../core/codes/index.ts";
import type { CodeServices } from "../http/services.ts";
import { systemClock } from "../lib/clock.ts";
import type { Slice } from "./base.ts";
import { VerifierPorts } from "./verifier-ports.ts";

export const codeServices: Slice<CodeServices> = {
  verifier: ({ isolate, env, ctx, meter }) =>
    new Verifier(new VerifierPorts(isolate.verifier, env, ctx, meter)),
  directory: ({ db, ctx }) => new CodeDirectory(db, systemClock, (work) => ctx.waitUntil(work)),
  clientKey: ({ isolate }) => isolate.clientKey,
  codeGuesses: ({ isolate }) => isolate.guesses,
};
