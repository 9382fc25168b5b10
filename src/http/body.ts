import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { type AppContext, type AppEnv, fail } from "./context.ts";
import { BODY_BROKEN } from "./errors.ts";

export const KIB = 1_024;
export const MIB = 1_024 * KIB;

/** Refuses a body above `maxBytes`, whether it says its length or turns out longer while it is read. */
export const limitBody = (maxBytes: number): MiddlewareHandler<AppEnv> => {
  const limit = bodyLimit({
    maxSize: maxBytes,
    onError: (c) => fail(c, { code: "body_too_large", limitBytes: maxBytes }) as Response,
  });
  return async (c, next) => {
    let isRead = false;
    try {
      return await limit(c, () => {
        isRead = true;
        return next();
      });
    } catch (error) {
      if (isRead) throw error;
      return fail(c, BODY_BROKEN);
    }
  };
};

/** The same for a route that reads its body as a stream and counts it itself: what it says of its length is believed here. */
export const limitDeclaredBody = (maxBytes: number): MiddlewareHandler<AppEnv> => {
  return async (c, next) => {
    if (Number(c.req.header("content-length") ?? 0) <= maxBytes) return next();
    return fail(c, { code: "body_too_large", limitBytes: maxBytes });
  };
};

/** The fields of a form, also those that come more than once. The runtime warns of a form that is read as text. */
export const readFormFields = async (c: AppContext): Promise<URLSearchParams> =>
  new URLSearchParams(new TextDecoder().decode(await c.req.arrayBuffer()));
