import type { OpenAPIHono, z } from "@hono/zod-openapi";
import type { MiddlewareHandler } from "hono";
import {
  APPEND_HEADER,
  type Append,
  type UploadAnswer,
  type UploadClaim,
  type UploadKind,
  type UploadRefused,
  type UploadState,
  uploadAnswerSchema,
} from "../core/uploads/index.ts";
import type { DomainError, Failure } from "../lib/domain-error.ts";
import { mediaTypeOf } from "../lib/media-type.ts";
import { err, ok, type Result } from "../lib/result.ts";
import { type AppContext, type AppEnv, fail } from "./context.ts";
import { EXPOSED_BY_TUS, tusPreflight } from "./cors.ts";
import { answerOrigin } from "./origins.ts";
import { untyped } from "./respond.ts";
import type { Services } from "./services.ts";
import {
  appendHeaders,
  CHUNK_TYPE,
  capabilityHeaders,
  type createHeaders,
  TUS_VERSION,
  type TusDocument,
  tusOperations,
} from "./tus-routes.ts";
import { issuesOf, newRouter } from "./validation.ts";

/** The length and metadata of an upload that a client wants to create. */
export interface NewUploadRequest {
  /** Bytes, at least 1. */
  readonly length: number;
  readonly metadata: ReadonlyMap<string, string>;
}

/** A complete upload, which is now an object in the bucket. */
export interface CompletedUpload<R> {
  readonly key: string;
  readonly length: number;
  readonly resource: R;
}

/** A product's rules for its uploads. */
export interface TusProduct<R> extends TusDocument {
  readonly kind: UploadKind;
  /** Authenticates callers and applies rate limits. */
  readonly middleware: MiddlewareHandler<AppEnv>;
  readonly maxBytes: number;
  /** Returns the owner of an upload, the only account that can access it. */
  readonly ownerOf: (c: AppContext) => string;
  readonly resource: z.ZodType<R>;
  /** Admits an upload. Returns its key in the bucket and the data that `finish` will need. */
  readonly begin: (
    c: AppContext,
    announced: NewUploadRequest,
  ) => Promise<Result<{ readonly key: string; readonly resource: R }>>;
  /**
   * Creates the product's resource from the object and returns its path. Idempotent, because it may run again for the
   * same upload. An object that it refuses is removed.
   */
  readonly finish: (
    c: AppContext,
    arrived: CompletedUpload<R>,
  ) => Promise<Result<{ readonly location: string }>>;
}

type Stub = ReturnType<Services["resumableUploads"]["create"]>["upload"];

const REFUSALS: Record<
  UploadRefused["refusal"],
  (maxBytes: number) => Failure<"body_too_large" | "not_found" | "upload_refused">
> = {
  unknown: () => ({ code: "not_found", what: "upload" }),
  gone: () => ({ code: "upload_refused", reason: "gone" }),
  offset: () => ({ code: "upload_refused", reason: "offset" }),
  checksum: () => ({ code: "upload_refused", reason: "checksum" }),
  too_long: (maxBytes) => ({ code: "body_too_large", limitBytes: maxBytes }),
};

/** The methods of one upload. tus has no GET; POST needs `X-HTTP-Method-Override`. */
const METHOD_NOT_ALLOWED: DomainError = {
  code: "method_not_allowed",
  allow: ["HEAD", "POST", "PATCH", "DELETE", "OPTIONS"],
};

/** Refuses other versions of tus and tells the client the supported one. */
const speakTus: MiddlewareHandler<AppEnv> = async (c, next) => {
  c.header("Tus-Resumable", TUS_VERSION);
  c.header("Cache-Control", "no-store");
  c.header("Access-Control-Expose-Headers", EXPOSED_BY_TUS);
  if (c.req.header("tus-resumable") === TUS_VERSION) return next();
  c.header("Tus-Version", TUS_VERSION);
  return fail(c, { code: "upload_refused", reason: "version" });
};

/**
 * Refuses the concatenation extension, because R2 can join only the parts of one multipart upload. Accepted as
 * ordinary uploads, the pieces of a file would become files of their own.
 */
const refuseConcatenation: MiddlewareHandler<AppEnv> = async (c, next) => {
  if (c.req.header("upload-concat") === undefined) return next();
  return fail(c, { code: "upload_refused", reason: "concatenation" });
};

const isChunk = (c: AppContext): boolean => mediaTypeOf(c.req.header("content-type")) === CHUNK_TYPE;

/**
 * Returns a router for resumable uploads by tus 1.0. The product decides what it accepts and what an upload becomes.
 */
export const tusRoutes = <R>(product: TusProduct<R>): OpenAPIHono<AppEnv> => {
  const { path, kind, maxBytes, middleware } = product;
  const claimOf = (c: AppContext): UploadClaim => ({ kind, owner: product.ownerOf(c) });

  const take = async (
    c: AppContext,
    stub: Stub,
    chunk: Pick<Append, "offset"> & { readonly checksum: Append["checksum"] | undefined },
  ): Promise<UploadAnswer> => {
    const declared = c.req.header("content-length");
    const append: Append = {
      claim: claimOf(c),
      offset: chunk.offset,
      bytes: declared === undefined ? null : Number(declared),
      checksum: chunk.checksum ?? null,
    };
    const answer = await stub.fetch("https://upload/", {
      method: "PATCH",
      headers: { [APPEND_HEADER]: JSON.stringify(append) },
      body: c.req.raw.body,
    });
    return uploadAnswerSchema.parse(await answer.json());
  };

  /** Returns the state of an upload after a request. A complete upload first becomes the product's resource. */
  const settle = async (c: AppContext, stub: Stub, answer: UploadAnswer): Promise<Result<UploadState>> => {
    if (!answer.ok) return err(REFUSALS[answer.refusal](maxBytes));
    const { status, key, length, resource } = answer.upload;
    if (status !== "complete") return ok(answer.upload);
    const finished = await product.finish(c, {
      key,
      length,
      resource: product.resource.parse(JSON.parse(resource)),
    });
    if (finished.ok) return settle(c, stub, await stub.finish(claimOf(c), finished.value.location));
    await stub.discard(claimOf(c));
    return finished;
  };

  const describe = (c: AppContext, { status, offset, expiresAt, location }: UploadState): void => {
    c.header("Upload-Offset", String(offset));
    if (status === "open") c.header("Upload-Expires", new Date(expiresAt).toUTCString());
    if (location !== null) c.header("Content-Location", `${answerOrigin(c)}${location}`);
  };

  const stubOf = (c: AppContext): Stub | undefined =>
    c.get("services").resumableUploads.find(c.req.param("id") ?? "");
  const unknown = (c: AppContext) => fail(c, REFUSALS.unknown(maxBytes));

  const create = async (c: AppContext, headers: z.output<typeof createHeaders>): Promise<Response> => {
    const { "upload-length": length, "upload-metadata": metadata, "upload-checksum": checksum } = headers;
    if (length === 0) return fail(c, { code: "upload_failed", detail: "the file is empty" });
    if (length > maxBytes) return fail(c, REFUSALS.too_long(maxBytes));
    const begun = await product.begin(c, { length, metadata: metadata.entries });
    if (!begun.ok) return fail(c, begun.error);
    const { id, upload: stub } = c.get("services").resumableUploads.create();
    const { key, resource } = begun.value;
    let answer: UploadAnswer = await stub.create({
      claim: claimOf(c),
      length,
      metadata: metadata.text || null,
      key,
      resource: JSON.stringify(resource),
    });
    if (isChunk(c)) answer = await take(c, stub, { offset: 0, checksum });
    const state = await settle(c, stub, answer);
    if (!state.ok) {
      // The client never learns the URL of this upload, so it is removed.
      await stub.terminate(claimOf(c));
      return fail(c, state.error);
    }
    c.header("Location", `${answerOrigin(c)}${path}/${id}`);
    describe(c, state.value);
    return c.body(null, 201);
  };

  const append = async (c: AppContext, headers: z.output<typeof appendHeaders>): Promise<Response> => {
    if (!isChunk(c)) return fail(c, { code: "upload_refused", reason: "content_type" });
    const stub = stubOf(c);
    if (!stub) return unknown(c);
    const { "upload-offset": offset, "upload-checksum": checksum } = headers;
    const state = await settle(c, stub, await take(c, stub, { offset, checksum }));
    if (!state.ok) return fail(c, state.error);
    describe(c, state.value);
    return c.body(null, 204);
  };

  const look = async (c: AppContext): Promise<Response> => {
    const stub = stubOf(c);
    if (!stub) return unknown(c);
    const state = await settle(c, stub, await stub.look(claimOf(c)));
    if (!state.ok) return fail(c, state.error);
    const { length, metadata } = state.value;
    describe(c, state.value);
    c.header("Upload-Length", String(length));
    if (metadata !== null) c.header("Upload-Metadata", metadata);
    return c.body(null, 200);
  };

  const end = async (c: AppContext): Promise<Response> => {
    const stub = stubOf(c);
    if (!stub) return unknown(c);
    const ended = await settle(c, stub, await stub.terminate(claimOf(c)));
    if (!ended.ok) return fail(c, ended.error);
    return c.body(null, 204);
  };

  const operations = tusOperations(product, {
    all: [speakTus, middleware],
    create: [speakTus, refuseConcatenation, middleware],
  });
  const router = newRouter();
  const offer: MiddlewareHandler<AppEnv> = async (c, next) => {
    for (const [name, value] of Object.entries(capabilityHeaders(maxBytes))) c.header(name, value);
    await next();
  };
  for (const where of [path, `${path}/:id`]) router.options(where, offer, tusPreflight);
  for (const described of [operations.options, operations.look])
    router.openAPIRegistry.registerPath(described);
  router.openapi(operations.create, async (c) => untyped(create(c, c.req.valid("header"))));
  // Hono answers HEAD with the GET route.
  const headOnly: MiddlewareHandler<AppEnv> = async (c, next) =>
    c.req.method === "HEAD" ? next() : fail(c, METHOD_NOT_ALLOWED);
  router.get(`${path}/:id`, headOnly, speakTus, middleware, look);
  router.openapi(operations.end, async (c) => untyped(end(c)));
  router.openapi(operations.append, async (c) => untyped(append(c, c.req.valid("header"))));
  router.post(`${path}/:id`, speakTus, middleware, async (c) => {
    const method = c.req.header("x-http-method-override");
    if (method === "DELETE") return end(c);
    if (method !== "PATCH") return fail(c, METHOD_NOT_ALLOWED);
    const { data, error } = appendHeaders.safeParse(c.req.header());
    return data ? append(c, data) : fail(c, { code: "invalid_request", issues: issuesOf(error) });
  });
  router.all(`${path}/:id`, (c) => fail(c, METHOD_NOT_ALLOWED));
  return router;
};
