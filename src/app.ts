import { Hono } from "hono";
import { limitBody, MIB } from "./http/body.ts";
import { type AppContext, type AppEnv, fail } from "./http/context.ts";
import { failureOf, reportException } from "./http/errors.ts";
import { gated, gateway, type Host } from "./http/gateway.ts";
import { HotPathRouter } from "./http/hot-path-router.ts";
import type { Product } from "./http/product.ts";
import { newRequestId } from "./lib/ids.ts";
import { mediaRoutes } from "./media-routes.ts";
import { paymentRoutes } from "./payment-routes.tsx";
import type { Env } from "./platform/bindings.ts";
import { errorFields, log } from "./platform/logger.ts";
import { type ProductName, settingsOf } from "./platform/settings.ts";
import { platformErrorBody, renderPlatformError } from "./platform-errors.ts";
import { landing, platformRoutes } from "./platform-routes.tsx";
import { musicqr } from "./products/musicqr/index.ts";
import { sora } from "./products/sora/index.ts";
import { studio } from "./products/studio/index.ts";

const PRODUCTS: readonly Product[] = [musicqr, sora, studio];

/** Above every route's own limit: what no route ever takes into memory. */
const LARGEST_BODY = 8 * MIB;

const onError = (error: unknown, c: AppContext): Response | Promise<Response> => {
  const failure = failureOf(error);
  if (failure.code === "internal") reportException(c, error);
  return fail(c, failure);
};

/** What answers on a host: every product on the shared origin, one alone on its own. */
const hostApp = (products: readonly Product[], alone?: Product): Hono<AppEnv> => {
  const host: Host = { products, alone, renderError: alone?.renderError ?? renderPlatformError };
  const app = new Hono<AppEnv>({
    router: new HotPathRouter(products.flatMap(({ direct }) => direct?.path ?? [])),
  });
  for (const product of products) {
    if (product.direct) app.get(product.direct.path, gated(host, product, product.direct, onError));
  }
  app.use("*", gateway(host));
  app.on(["POST", "PUT", "PATCH", "DELETE"], "*", (c, next) => {
    const owner = products.find((product) => product.owns(c.req.path));
    return limitBody(owner?.maxBodyBytes?.(c.req.path) ?? LARGEST_BODY)(c, next);
  });
  app.route("/", platformRoutes(products));
  app.route("/", mediaRoutes());
  app.route("/", paymentRoutes());
  if (!alone) app.route("/", landing(PRODUCTS));
  for (const product of products) app.route("/", product.router);
  // Where the product has no front page of its own.
  if (alone) app.get("/", (c) => c.redirect("/api-docs", 302));
  app.notFound((c) => fail(c, { code: "route_not_found" }));
  app.onError(onError);
  return app;
};

const shared = hostApp(PRODUCTS);
const own = new Map<ProductName, Hono<AppEnv>>(
  PRODUCTS.map((product) => [product.name, hostApp([product], product)]),
);

const appOf = (request: Request, env: Env): Hono<AppEnv> => {
  const hosts = settingsOf(env).PRODUCT_HOSTS;
  // Nobody pays for parsing an address where no host is bound.
  if (hosts.size === 0) return shared;
  const product = hosts.get(new URL(request.url).hostname);
  return (product && own.get(product)) ?? shared;
};

/** Answers a request. A Worker that is not configured answers none: the log says which setting it misses. */
export const handle = (request: Request, env: Env, ctx: ExecutionContext): Response | Promise<Response> => {
  try {
    return appOf(request, env).fetch(request, env, ctx);
  } catch (error) {
    const requestId = newRequestId();
    log("error", "configuration.invalid", { id: requestId, ...errorFields(error) });
    const headers = { "x-request-id": requestId, "cache-control": "no-store" };
    return Response.json(platformErrorBody({ code: "internal" }, requestId), { status: 500, headers });
  }
};
