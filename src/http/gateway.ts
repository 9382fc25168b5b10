import type { MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import type { DomainError } from "../lib/domain-error.ts";
import { newRequestId } from "../lib/ids.ts";
import type { Env } from "../platform/bindings.ts";
import { type Meter, newMeter } from "../platform/meter.ts";
import { isHostReadable } from "./client.ts";
import { type AppContext, type AppEnv, type ErrorRenderer, fail } from "./context.ts";
import { drain } from "./drain.ts";
import type { DirectRoute, Product } from "./product.ts";
import { standardHeaders } from "./response-headers.ts";
import type { Services } from "./services.ts";

/** The products that a host name serves, and how it renders errors. */
export interface Host {
  readonly products: readonly Product[];
  /** The product, where the host serves only one. */
  readonly alone: Product | undefined;
  /** Renders errors for paths that no product owns. */
  readonly renderError: ErrorRenderer;
  /** Returns the methods that the routes accept at a path. */
  readonly allowedMethods: (path: string) => readonly string[];
  /** Constructs the services of a request. */
  readonly createServices: (env: Env, ctx: Pick<ExecutionContext, "waitUntil">, meter: Meter) => Services;
}

/**
 * Wraps every request: sets its id and services, adds the standard headers, and writes one line to the access log.
 * One middleware instead of five, because each adds a promise to every request.
 */
export const gateway = (host: Host): MiddlewareHandler<AppEnv> => {
  return async (c, next) => {
    begin(c, host, host.alone ?? host.products.find((product) => product.owns(c.req.path)));
    const request = c.req.raw;
    const mayHaveBody = request.method !== "GET" && request.method !== "HEAD";
    if (isHostReadable(request)) await next();
    else c.res = await fail(c, HOST_BROKEN);
    if (mayHaveBody) await drain(request.body);
    finish(c, c.res, routePath(c));
  };
};

/**
 * Wraps a single handler in the same way, without other middleware. A handler that answers from memory then answers
 * without a promise; composed middleware would take a tenth of the time of a code verification.
 */
export const directRoute = (
  host: Host,
  product: Product,
  { path, handler }: DirectRoute,
  onError: (error: unknown, c: AppContext) => Response | Promise<Response>,
): ((c: AppContext) => Response | Promise<Response>) => {
  const settle = async (c: AppContext, answer: Promise<Response>): Promise<Response> =>
    finish(c, await answer.catch((error) => onError(error, c)), path);
  return (c) => {
    begin(c, host, product);
    let answer: Response | Promise<Response>;
    try {
      answer = isHostReadable(c.req.raw) ? handler(c) : fail(c, HOST_BROKEN);
    } catch (error) {
      answer = onError(error, c);
    }
    return answer instanceof Promise ? settle(c, answer) : finish(c, answer, path);
  };
};

const HOST_BROKEN: DomainError = {
  code: "request_broken",
  detail: "the Host header must be a host name or IP address with an optional port",
};

const begin = (
  c: AppContext,
  { alone, renderError, allowedMethods, createServices }: Host,
  product: Product | undefined,
): void => {
  const meter = newMeter();
  c.set("requestId", newRequestId());
  c.set("startedAt", Date.now());
  c.set("meter", meter);
  c.set("product", product?.name ?? "platform");
  c.set("renderError", product?.renderError ?? renderError);
  c.set("allowedMethods", allowedMethods);
  c.set("hasOwnHost", alone !== undefined);
  c.set("openToAllOrigins", product?.openToAllOrigins(c.req.path) ?? false);
  c.set("services", createServices(c.env, c.executionCtx, meter));
};

const finish = (c: AppContext, response: Response, route: string): Response => {
  const now = Date.now();
  const ms = now - c.get("startedAt");
  const { status } = response;
  // The runtime sets the headers of an accepted WebSocket.
  if (!c.get("headersComplete") && status !== 101) {
    const { headers } = response;
    for (const [name, value] of Object.entries(standardHeaders(c, ms))) {
      if (!headers.has(name)) headers.set(name, value);
    }
  }
  const { d1, durable } = c.get("meter");
  c.get("services").logAccess(
    {
      at: now,
      id: c.get("requestId"),
      product: c.get("product"),
      method: c.req.method,
      route,
      status,
      ms,
      d1,
      durable,
    },
    now,
  );
  return response;
};
