import type { Context } from "hono";
import type { Access } from "../core/developer/index.ts";
import type { Caller } from "../core/identity/index.ts";
import type { DomainError } from "../lib/domain-error.ts";
import type { Env } from "../platform/bindings.ts";
import type { Meter } from "../platform/meter.ts";
import type { ProductName } from "../platform/settings.ts";
import type { Services } from "../services.ts";

/** Turns expected failures into a product's own wire format, a page where a browser asked for one. */
export type ErrorRenderer = (c: AppContext, error: DomainError) => Response | Promise<Response>;

export interface AppVariables {
  requestId: string;
  /** ms UTC */
  startedAt: number;
  meter: Meter;
  services: Services;
  /** Set by `requireUser`. */
  caller: Caller;
  /** Set by Loopspace's `requireAccess`: for whom, in which environment, with which scopes. */
  access: Access;
  /** Whose wire format this request speaks. */
  product: ProductName | "platform";
  renderError: ErrorRenderer;
  /** The methods that some route of this host takes at a path. */
  allowedMethods: (path: string) => readonly string[];
  /** Whether the host is the product's own. */
  alone: boolean;
  /** Whether pages of any origin may read the answer. */
  openToAllOrigins: boolean;
  /** Set by a page: what its inline style and script must carry. */
  nonce: string | undefined;
  /** Set by a page whose forms end at another site: wherever that leads on to. */
  formsLeave: true | undefined;
  /** Set by an answer that has the headers every answer carries already. */
  complete: true | undefined;
}

export interface AppEnv {
  Bindings: Env;
  Variables: AppVariables;
}

export type AppContext = Context<AppEnv>;

/** Answers with an expected failure, in the shape of the product the request belongs to. */
export const fail = (c: AppContext, error: DomainError): Response | Promise<Response> => {
  // HTTP wants these headers, whatever the shape of the body.
  if (error.code === "method_not_allowed") c.header("Allow", error.allow.join(", "));
  if (error.code === "range_unsatisfiable") c.header("Content-Range", `bytes */${error.size}`);
  return c.get("renderError")(c, error);
};

/** Answers a request that no route takes: 405 where the path takes other methods, else 404. */
export const failUnrouted = (c: AppContext): Response | Promise<Response> => {
  const allow = c.get("allowedMethods")(c.req.path);
  return fail(c, allow.length > 0 ? { code: "method_not_allowed", allow } : { code: "route_not_found" });
};
