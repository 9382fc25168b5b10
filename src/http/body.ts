import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { type AppEnv, fail } from "./context.ts";

export const KIB = 1_024;
export const MIB = 1_024 * KIB;

/** Refuses a body above `maxBytes`, whether it says its length or turns out longer while it is read. */
export const limitBody = (maxBytes: number): MiddlewareHandler<AppEnv> =>
  bodyLimit({
    maxSize: maxBytes,
    onError: (c) => fail(c, { code: "body_too_large", limitBytes: maxBytes }) as Response,
  });
