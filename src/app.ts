import { Hono } from "hono";
import { createServices } from "./container.ts";
import { allowedMethods } from "./http/allowed-methods.ts";
import { KIB, limitBody, limitDeclaredBody, MIB } from "./http/body.ts";
import { type AppContext, type AppEnv, fail, failUnrouted } from "./http/context.ts";
import { failureOf, reportException } from "./http/errors.ts";
import { directRoute, gateway, type Host } from "./http/gateway.ts";
import { HotPathRouter } from "./http/hot-path-router.ts";
import type { Product } from "./http/product.ts";
import { newRequestId } from "./lib/ids.ts";
import type { Env } from "./platform/bindings.ts";
import { errorFields, log } from "./platform/logger.ts";
import { perIsolate } from "./platform/per-isolate.ts";
import { ConfigurationError, settingsOf } from "./platform/settings.ts";
import { PRODUCTS } from "./products.ts";
import { renderSiteError, siteErrorBody } from "./site/errors.ts";
import { mediaRoutes } from "./site/media.ts";
import { paymentRoutes } from "./site/payments.tsx";
import { landing, siteRoutes } from "./site/routes.tsx";

/** The default limit of a body. It is above the limit of every route that reads its body into memory. */
const DEFAULT_MAX_BODY_BYTES = 8 * MIB;

const onError = async (error: unknown, c: AppContext): Promise<Response> => {
  const failure = await failureOf(c, error);
  if (failure.code === "internal") reportException(c, error);
  return fail(c, failure);
};

/** Builds the app of a host: every product on the shared origin, only `alone` on a product's own host. */
const hostApp = (products: readonly Product[], alone?: Product): Hono<AppEnv> => {
  const app = new Hono<AppEnv>({
    router: new HotPathRouter(products.flatMap(({ direct }) => direct?.path ?? [])),
  });
  const host: Host = {
    products,
    alone,
    renderError: alone?.renderError ?? renderSiteError,
    allowedMethods: (path) => allowedMethods(app, path),
    createServices,
  };
  for (const product of products) {
    if (product.direct) app.get(product.direct.path, directRoute(host, product, product.direct, onError));
  }
  app.use("*", gateway(host));
  app.on(["POST", "PUT", "PATCH", "DELETE"], "*", (c, next) => {
    const owner = products.find((product) => product.owns(c.req.path));
    const maxBytes = owner?.maxBodyBytes?.(c.req.path) ?? DEFAULT_MAX_BODY_BYTES;
    const limit = owner?.streamsBody?.(c.req.path) ? limitDeclaredBody : limitBody;
    return limit(maxBytes)(c, next);
  });
  app.route("/", siteRoutes(products));
  app.route("/", mediaRoutes());
  app.route("/", paymentRoutes());
  if (!alone) app.route("/", landing(PRODUCTS));
  for (const product of products) app.route("/", product.router);
  // Reached only where the product has no front page of its own.
  if (alone) app.get("/", (c) => c.redirect("/api-docs", 302));
  app.notFound(failUnrouted);
  app.onError(onError);
  return app;
};

const shared = hostApp(PRODUCTS);
/** The shared app for requests that a product claims from another owner of their path: the product answers first. */
const claimed = PRODUCTS.flatMap((product) => {
  const { claims } = product;
  return claims
    ? [{ ...claims, app: hostApp([product, ...PRODUCTS.filter((other) => other !== product)]) }]
    : [];
});
const own = new Map(PRODUCTS.map((product) => [product.name, hostApp([product], product)]));

/** Returns the app of each host that the settings bind to one product. */
const boundApps = perIsolate((env) => {
  const apps = new Map<string, Hono<AppEnv>>();
  for (const [host, product] of settingsOf(env).PRODUCT_HOSTS) {
    const app = own.get(product);
    if (!app) {
      const known = [...own.keys()].join(", ");
      throw new ConfigurationError(`PRODUCT_HOSTS.${host} must be one of ${known}`);
    }
    apps.set(host, app);
  }
  return apps;
});

const appOf = (request: Request, env: Env): Hono<AppEnv> => {
  const apps = boundApps(env);
  // Without bound hosts there is no need to parse the URL. The gateway refuses a request with an invalid URL.
  return (apps.size > 0 && apps.get(URL.parse(request.url)?.hostname ?? "")) || shared;
};

/** How much of a body is read to choose the product. A longer body goes to the path's first owner, which refuses it. */
const MAX_CLAIMED_BYTES = 16 * KIB;

/** Returns the beginning of a body. Reads a clone, so that the request's own body stays unread. */
const peek = async (request: Request): Promise<string> => {
  const reader = request.clone().body?.getReader();
  const decoder = new TextDecoder();
  let text = "";
  while (reader && text.length < MAX_CLAIMED_BYTES) {
    const { done, value } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
  }
  // Not awaited, because the cancellation of a clone completes only after the other copy was read too.
  reader?.cancel().catch(() => undefined);
  return text;
};

/** Returns the app for a POST to a path that several products own, as the fields of its body show. */
const appOfBody = async (request: Request, path: string, claims: typeof claimed): Promise<Hono<AppEnv>> => {
  try {
    const body: unknown = JSON.parse(await peek(request));
    if (typeof body !== "object" || body === null) return shared;
    return claims.find(({ isMine }) => isMine(path, body))?.app ?? shared;
  } catch {
    return shared;
  }
};

/**
 * The failures that were logged already, so that an isolate logs its invalid settings once, not with every request.
 */
const loggedFailures = new WeakSet<ConfigurationError>();

/**
 * Answers while settings are invalid: `/health` names the setting and the rule, never its value; other paths give
 * 500.
 */
const unconfigured = (request: Request, error: ConfigurationError): Response => {
  const requestId = newRequestId();
  if (!loggedFailures.has(error)) {
    loggedFailures.add(error);
    log("error", "configuration.invalid", { id: requestId, ...errorFields(error) });
  }
  const headers = { "x-request-id": requestId, "cache-control": "no-store" };
  return URL.parse(request.url)?.pathname === "/health"
    ? Response.json({ status: "unavailable", message: error.message }, { status: 503, headers })
    : Response.json(siteErrorBody({ code: "internal" }, requestId), { status: 500, headers });
};

/** Answers a request with the app of its host. */
export const handle = (request: Request, env: Env, ctx: ExecutionContext): Response | Promise<Response> => {
  try {
    const app = appOf(request, env);
    if (app === shared && request.method === "POST") {
      const path = URL.parse(request.url)?.pathname ?? "";
      const claims = claimed.filter((claim) => claim.path.test(path));
      if (claims.length > 0)
        return appOfBody(request, path, claims).then((chosen) => chosen.fetch(request, env, ctx));
    }
    return app.fetch(request, env, ctx);
  } catch (error) {
    if (error instanceof ConfigurationError) return unconfigured(request, error);
    const requestId = newRequestId();
    log("error", "request.failed", { id: requestId, ...errorFields(error) });
    const headers = { "x-request-id": requestId, "cache-control": "no-store" };
    return Response.json(siteErrorBody({ code: "internal" }, requestId), { status: 500, headers });
  }
};
