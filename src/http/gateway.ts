import type { MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import { newRequestId } from "../lib/ids.ts";
import { newMeter } from "../platform/meter.ts";
import { Services } from "../services.ts";
import type { AppContext, AppEnv, ErrorRenderer } from "./context.ts";
import type { Product } from "./product.ts";
import { standardHeaders } from "./response-headers.ts";

/** Whose words a request is answered in. */
export interface Host {
  readonly products: readonly Product[];
  /** The one product of its own host. */
  readonly alone: Product | undefined;
  /** For paths that are no product's. */
  readonly renderError: ErrorRenderer;
}

/**
 * Around every request: its id, its services, the headers every answer carries, and the one line it leaves in the log.
 * One middleware rather than five: this is on the path of every scan.
 */
export const gateway = ({ products, alone, renderError }: Host): MiddlewareHandler<AppEnv> => {
  return async (c, next) => {
    const { path } = c.req;
    const meter = newMeter();
    const product = alone ?? products.find((p) => p.owns(path));
    c.set("requestId", newRequestId());
    c.set("startedAt", Date.now());
    c.set("meter", meter);
    c.set("product", product?.name ?? "platform");
    c.set("renderError", product?.renderError ?? renderError);
    c.set("alone", alone !== undefined);
    c.set("openToAllOrigins", product?.openToAllOrigins(path) ?? false);
    c.set("services", new Services(c.env, c.executionCtx, meter));
    await next();
    finish(c);
  };
};

const finish = (c: AppContext): void => {
  const now = Date.now();
  const ms = now - c.get("startedAt");
  const { status } = c.res;
  // The headers of an accepted WebSocket are the runtime's.
  if (!c.get("complete") && status !== 101) {
    const { headers } = c.res;
    for (const [name, value] of Object.entries(standardHeaders(c, ms))) {
      if (!headers.has(name)) headers.set(name, value);
    }
  }
  const { d1, durable } = c.get("meter");
  c.get("services").logAccess(
    {
      level: "info",
      event: "request",
      at: now,
      id: c.get("requestId"),
      product: c.get("product"),
      method: c.req.method,
      route: routePath(c, -1),
      status,
      ms,
      d1,
      durable,
    },
    now,
  );
};
