import { Hono } from "hono";
import { allowedMethods } from "./http/allowed-methods.ts";
import { KIB, limitBody, limitDeclaredBody, MIB } from "./http/body.ts";
import { type AppContext, type AppEnv, fail, failUnrouted } from "./http/context.ts";
import { failureOf, reportException } from "./http/errors.ts";
import { gated, gateway, type Host } from "./http/gateway.ts";
import { HotPathRouter } from "./http/hot-path-router.ts";
import type { Product } from "./http/product.ts";
import { newRequestId } from "./lib/ids.ts";
import { mediaRoutes } from "./media-routes.ts";
import { paymentRoutes } from "./payment-routes.tsx";
import type { Env } from "./platform/bindings.ts";
import { errorFields, log } from "./platform/logger.ts";
import { ConfigurationError, type ProductName, settingsOf } from "./platform/settings.ts";
import { platformErrorBody, renderPlatformError } from "./platform-errors.ts";
import { landing, platformRoutes } from "./platform-routes.tsx";
import { loopspace } from "./products/loopspace/index.ts";
import { meeting } from "./products/meeting/index.ts";
import { musicqr } from "./products/musicqr/index.ts";
import { sora } from "./products/sora/index.ts";
import { studio } from "./products/studio/index.ts";

const PRODUCTS: readonly Product[] = [musicqr, sora, studio, meeting, loopspace];

/** Above every route's own limit: what no route ever takes into memory. */
const LARGEST_BODY = 8 * MIB;

const onError = async (error: unknown, c: AppContext): Promise<Response> => {
  const failure = await failureOf(c, error);
  if (failure.code === "internal") reportException(c, error);
  return fail(c, failure);
};

/** What answers on a host: every product on the shared origin, one alone on its own. */
const hostApp = (products: readonly Product[], alone?: Product): Hono<AppEnv> => {
  const app = new Hono<AppEnv>({
    router: new HotPathRouter(products.flatMap(({ direct }) => direct?.path ?? [])),
  });
  const host: Host = {
    products,
    alone,
    renderError: alone?.renderError ?? renderPlatformError,
    allowedMethods: (path) => allowedMethods(app, path),
  };
  for (const product of products) {
    if (product.direct) app.get(product.direct.path, gated(host, product, product.direct, onError));
  }
  app.use("*", gateway(host));
  app.on(["POST", "PUT", "PATCH", "DELETE"], "*", (c, next) => {
    const owner = products.find((product) => product.owns(c.req.path));
    const maxBytes = owner?.maxBodyBytes?.(c.req.path) ?? LARGEST_BODY;
    const limit = owner?.streamsBody?.(c.req.path) ? limitDeclaredBody : limitBody;
    return limit(maxBytes)(c, next);
  });
  app.route("/", platformRoutes(products));
  app.route("/", mediaRoutes());
  app.route("/", paymentRoutes());
  if (!alone) app.route("/", landing(PRODUCTS));
  for (const product of products) app.route("/", product.router);
  // Where the product has no front page of its own.
  if (alone) app.get("/", (c) => c.redirect("/api-docs", 302));
  app.notFound(failUnrouted);
  app.onError(onError);
  return app;
};

const shared = hostApp(PRODUCTS);
/** The same for the two paths that Studio and Meeting both claim, where the request is Meeting's. */
const sharedForMeeting = hostApp([musicqr, sora, meeting, studio, loopspace]);
const own = new Map<ProductName, Hono<AppEnv>>(
  PRODUCTS.map((product) => [product.name, hostApp([product], product)]),
);

const appOf = (request: Request, env: Env): Hono<AppEnv> => {
  const hosts = settingsOf(env).PRODUCT_HOSTS;
  // Nobody pays for parsing an address where no host is bound.
  if (hosts.size === 0) return shared;
  // The gateway refuses an address that cannot be read.
  const product = URL.canParse(request.url) ? hosts.get(new URL(request.url).hostname) : undefined;
  return (product && own.get(product)) ?? shared;
};

const CLAIMED_TWICE = /^https?:\/\/[^/]+\/api\/v1\/auth\/(register|login)(\?|$)/;
/** Longer ones are nobody's: their product says so. */
const MAX_SIGN_IN_BYTES = 16 * KIB;

/** The beginning of a body; the rest is left to who reads the request. */
const peek = async (request: Request): Promise<string> => {
  const reader = request.clone().body?.getReader();
  const decoder = new TextDecoder();
  let text = "";
  while (reader && text.length < MAX_SIGN_IN_BYTES) {
    const { done, value } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
  }
  // Not awaited: it is over when the other copy is read too.
  reader?.cancel().catch(() => undefined);
  return text;
};

/** Whether a sign-in of the shared origin is Meeting's: its body says so. */
const isForMeeting = async (request: Request): Promise<boolean> => {
  try {
    const body: unknown = JSON.parse(await peek(request));
    if (typeof body !== "object" || body === null) return false;
    return new URL(request.url).pathname.endsWith("login") ? "username" in body : "full_name" in body;
  } catch {
    return false;
  }
};

/** Failures that the log names already: each isolate logs its wrong settings once, not with every request. */
const loggedFailures = new WeakSet<ConfigurationError>();

/** `/health` says which setting is wrong and why, never its value. Every other path answers 500 and says nothing. */
const unconfigured = (request: Request, error: ConfigurationError): Response => {
  const requestId = newRequestId();
  if (!loggedFailures.has(error)) {
    loggedFailures.add(error);
    log("error", "configuration.invalid", { id: requestId, ...errorFields(error) });
  }
  const headers = { "x-request-id": requestId, "cache-control": "no-store" };
  return URL.parse(request.url)?.pathname === "/health"
    ? Response.json({ status: "unavailable", message: error.message }, { status: 503, headers })
    : Response.json(platformErrorBody({ code: "internal" }, requestId), { status: 500, headers });
};

/** Answers a request. */
export const handle = (request: Request, env: Env, ctx: ExecutionContext): Response | Promise<Response> => {
  try {
    const app = appOf(request, env);
    if (app === shared && request.method === "POST" && CLAIMED_TWICE.test(request.url)) {
      return isForMeeting(request).then((isMeeting) =>
        (isMeeting ? sharedForMeeting : shared).fetch(request, env, ctx),
      );
    }
    return app.fetch(request, env, ctx);
  } catch (error) {
    if (error instanceof ConfigurationError) return unconfigured(request, error);
    const requestId = newRequestId();
    log("error", "request.failed", { id: requestId, ...errorFields(error) });
    const headers = { "x-request-id": requestId, "cache-control": "no-store" };
    return Response.json(platformErrorBody({ code: "internal" }, requestId), { status: 500, headers });
  }
};
