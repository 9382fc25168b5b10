import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Translated } from "../ui/i18n.ts";
import type { AppContext, AppEnv, ErrorRenderer } from "./context.ts";
import type { Services } from "./services.ts";

/** A GET route without middleware other than the gateway. */
export interface DirectRoute {
  /** A path pattern of Hono, for example `/api/verify/:code`. */
  readonly path: string;
  readonly handler: (c: AppContext) => Response | Promise<Response>;
}

/** Scheduled jobs by the name that the log uses for them. `now` is in ms UTC. */
export type Jobs = Readonly<Record<string, (services: Services, now: number) => Promise<void>>>;

/** Consumes a batch of a queue. `createServices` returns new services for each call. */
export type QueueConsumer = (
  batch: MessageBatch,
  createServices: () => Services,
  ctx: ExecutionContext,
) => Promise<void>;

/** Consumers by the name of their queue. */
export type Consumers = Readonly<Record<string, QueueConsumer>>;

export interface ProductCard {
  readonly about: Translated<string>;
  /** The product's own front page and the text of the link to it; absent where the product has only an API. */
  readonly page?: { readonly href: string; readonly label: Translated<string> };
}

/** What a product provides so that the platform can serve it. */
export interface Product {
  /** Lower-case letters. It is the name in `PRODUCT_HOSTS`, in the access log and in the path of the API document. */
  readonly name: string;
  /** Shown in the selector of /api-docs. */
  readonly title: string;
  readonly description: string;
  readonly version: string;
  /** Its card on the front page of the shared origin. */
  readonly card: ProductCard;
  readonly router: OpenAPIHono<AppEnv>;
  /** The latency-critical route: a person waits for it after scanning a QR code. */
  readonly direct?: DirectRoute;
  readonly renderError: ErrorRenderer;
  /** Whether pages of any origin may read the answers of a path; only for interfaces that use no cookie. */
  readonly openToAllOrigins: (path: string) => boolean;
  /** Returns the size limit of a body in bytes, for paths that accept more than the platform's default. */
  readonly maxBodyBytes?: (path: string) => number | undefined;
  /** Whether the route of a path reads its body as a stream and counts the bytes itself. */
  readonly streamsBody?: (path: string) => boolean;
  /** Whether the product owns a path of the shared origin, so that errors there have its wire format. */
  readonly owns: (path: string) => boolean;
  /**
   * A path of the shared origin that this product and another one both own. A POST to it goes to this product if the
   * JSON object in its body is a request of this product.
   */
  readonly claims?: {
    readonly path: RegExp;
    readonly isMine: (path: string, body: object) => boolean;
  };
  /** The factories of the product's own services, which `src/container.ts` adds to the others. */
  readonly services?: object;
  readonly consumers?: Consumers;
  /** Jobs that run every minute. */
  readonly jobs?: Jobs;
  /** Jobs that run in the first minute of each day. */
  readonly dailyJobs?: Jobs;
}
