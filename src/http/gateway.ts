import type { MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import { newRequestId } from "../lib/ids.ts";
import { log } from "../platform/logger.ts";
import { newMeter } from "../platform/meter.ts";
import { Services } from "../services.ts";
import type { AppContext, AppEnv, ErrorRenderer } from "./context.ts";
import type { Product } from "./product.ts";
import { applySecurityHeaders } from "./security.ts";

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
    const startedAt = Date.now();
    const meter = newMeter();
    const product = alone ?? products.find((p) => p.owns(c.req.path));
    c.set("requestId", newRequestId());
    c.set("meter", meter);
    c.set("product", product?.name ?? "platform");
    c.set("renderError", product?.renderError ?? renderError);
    c.set("services", new Services(c.env, c.executionCtx, meter));
    await next();
    finish(c, Date.now() - startedAt);
  };
};

const finish = (c: AppContext, ms: number): void => {
  const { d1, durable } = c.get("meter");
  const requestId = c.get("requestId");
  // The headers of an accepted WebSocket are the runtime's.
  if (c.res.status !== 101) {
    const { headers } = c.res;
    headers.set("x-request-id", requestId);
    headers.set("server-timing", `total;dur=${ms}, d1;desc="${d1}", do;desc="${durable}"`);
    applySecurityHeaders(c, headers);
  }
  log("info", "request", {
    id: requestId,
    product: c.get("product"),
    method: c.req.method,
    route: routePath(c, -1),
    status: c.res.status,
    ms,
    d1,
    durable,
  });
};
