import type { Context } from "hono";
import type { Access } from "../core/access/index.ts";
import type { Caller } from "../core/identity/index.ts";
import type { DomainError } from "../lib/domain-error.ts";
import type { Env } from "../platform/bindings.ts";
import type { Meter } from "../platform/meter.ts";
import type { Services } from "./services.ts";

/** Renders an expected failure in a product's wire format, or as a page where a browser asked for one. */
export type ErrorRenderer = (c: AppContext, error: DomainError) => Response | Promise<Response>;

export interface AppVariables {
  requestId: string;
  /** ms UTC */
  startedAt: number;
  meter: Meter;
  services: Services;
  /** Set by `requireUser`. */
  caller: Caller;
  /** Set by Loopspace's `requireAccess`: the account, environment and scopes of the request's credentials. */
  access: Access;
  /** The name of the product that owns the request's path and defines its wire format; `platform` if none does. */
  product: string;
  renderError: ErrorRenderer;
  /** Returns the methods that the routes of this host accept at a path. */
  allowedMethods: (path: string) => readonly string[];
  /** Whether the request came to a host that serves only this product. */
  hasOwnHost: boolean;
  /** Whether pages of any origin may read the answer (CORS). */
  openToAllOrigins: boolean;
  /** Set by a page: the CSP nonce of its inline style and script. */
  nonce: string | undefined;
  /** Set by a page whose forms redirect to another site; the policy then has no `form-action`. */
  redirectsOffSite: true | undefined;
  /** Set by an answer that already has the standard headers. */
  headersComplete: true | undefined;
}

export interface AppEnv {
  Bindings: Env;
  Variables: AppVariables;
}

export type AppContext = Context<AppEnv>;

/** Answers with an expected failure in the error format of the request's product. */
export const fail = (c: AppContext, error: DomainError): Response | Promise<Response> => {
  // RFC 9110 requires `Allow` with 405 and recommends `Content-Range` with 416, whatever the format of the body.
  if (error.code === "method_not_allowed") c.header("Allow", error.allow.join(", "));
  if (error.code === "range_unsatisfiable") c.header("Content-Range", `bytes */${error.size}`);
  return c.get("renderError")(c, error);
};

/** Answers a request that matches no route: 405 where the path has routes for other methods, else 404. */
export const failUnrouted = (c: AppContext): Response | Promise<Response> => {
  const allow = c.get("allowedMethods")(c.req.path);
  return fail(c, allow.length > 0 ? { code: "method_not_allowed", allow } : { code: "route_not_found" });
};
