import type { OpenAPIHono } from "@hono/zod-openapi";
import type { ProductName } from "../platform/settings.ts";
import type { AppContext, AppEnv, ErrorRenderer } from "./context.ts";

/** A GET that no middleware but the gateway stands before. */
export interface DirectRoute {
  /** Hono's pattern, `/api/verify/:code`. */
  readonly path: string;
  readonly handler: (c: AppContext) => Response | Promise<Response>;
}

/** What the platform has to know of a product to serve it. */
export interface Product {
  readonly name: ProductName;
  /** Shown in the selector of /api-docs. */
  readonly title: string;
  readonly description: string;
  readonly version: string;
  readonly router: OpenAPIHono<AppEnv>;
  /** The one route people wait for with a phone in their hand. */
  readonly direct?: DirectRoute;
  readonly renderError: ErrorRenderer;
  /** Whether pages of any origin may read what this path answers: interfaces without a cookie. */
  readonly openToAllOrigins: (path: string) => boolean;
  /** The most bytes a body of this path may have, where that is more than any route takes into memory. */
  readonly maxBodyBytes?: (path: string) => number | undefined;
  /** Whether the route of this path reads its body as a stream and counts it itself. */
  readonly streamsBody?: (path: string) => boolean;
  /** Whether a path of the shared origin is this product's, so that what goes wrong there is said in its words. */
  readonly owns: (path: string) => boolean;
}
