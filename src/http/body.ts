import type { MiddlewareHandler } from "hono";
import { type AppContext, type AppEnv, fail } from "./context.ts";
import { BODY_BROKEN } from "./errors.ts";

export { KIB, MIB } from "../lib/sizes.ts";

/** Refuses a body above `maxBytes`, by its `Content-Length` or, for a chunked body, by counting while it is read. */
export const limitBody = (maxBytes: number): MiddlewareHandler<AppEnv> => {
  return async (c, next) => {
    const { body, headers } = c.req.raw;
    if (!body) return next();
    const tooLarge = () => fail(c, { code: "body_too_large", limitBytes: maxBytes });
    const declared = headers.has("transfer-encoding") ? null : headers.get("content-length");
    if (declared !== null) return Number(declared) > maxBytes ? tooLarge() : next();
    const read = await readWithin(body, maxBytes);
    if (read === "broken") return fail(c, BODY_BROKEN);
    if (read === "too_large") return tooLarge();
    c.req.raw = new Request(c.req.raw, { body: read });
    return next();
  };
};

/** Reads a chunked body up to `maxBytes`. The rest of a larger body stays in the stream, for `drain` to read. */
const readWithin = async (
  body: ReadableStream<Uint8Array>,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer> | "too_large" | "broken"> => {
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  let total = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return new Uint8Array(Buffer.concat(chunks));
      total += value.length;
      if (total > maxBytes) return "too_large";
      chunks.push(value);
    }
  } catch {
    return "broken";
  } finally {
    reader.releaseLock();
  }
};

/**
 * Refuses a body whose `Content-Length` is above `maxBytes`. For routes that read the body as a stream and count its
 * bytes themselves, so a missing or false length is no risk here.
 */
export const limitDeclaredBody = (maxBytes: number): MiddlewareHandler<AppEnv> => {
  return async (c, next) => {
    if (Number(c.req.header("content-length") ?? 0) <= maxBytes) return next();
    return fail(c, { code: "body_too_large", limitBytes: maxBytes });
  };
};

/**
 * Returns the fields of a form, repeated ones included. Reads bytes instead of `c.req.text()`, because the runtime
 * logs a warning when a form is read as text.
 */
export const readFormFields = async (c: AppContext): Promise<URLSearchParams> =>
  new URLSearchParams(new TextDecoder().decode(await c.req.arrayBuffer()));
