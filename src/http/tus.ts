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
import type { DomainError } from "../lib/domain-error.ts";
import { mediaTypeOf } from "../lib/media-type.ts";
import { err, ok, type Result } from "../lib/result.ts";
import type { Services } from "../services.ts";
import { type AppContext, type AppEnv, fail } from "./context.ts";
import { EXPOSED_BY_TUS, tusPreflight } from "./cors.ts";
import { answerOrigin } from "./origins.ts";
import {
  appendHeaders,
  CHUNK_TYPE,
  type createHeaders,
  offered,
  TUS_VERSION,
  type TusDocument,
  tusOperations,
} from "./tus-routes.ts";
import { issuesOf, newRouter } from "./validation.ts";

/** What somebody wants to upload. */
export interface Announced {
  /** Bytes, more than none. */
  readonly length: number;
  readonly metadata: ReadonlyMap<string, string>;
}

/** An upload that is an object in the bucket now. */
export interface Arrived<R> {
  readonly key: string;
  readonly length: number;
  readonly resource: R;
}

/** What a product has to say of its uploads. */
export interface TusProduct<R> extends TusDocument {
  readonly kind: UploadKind;
  /** Lets callers through, and counts them. */
  readonly middleware: MiddlewareHandler<AppEnv>;
  readonly maxBytes: number;
  /** Whose an upload is: nobody else can ask for it. */
  readonly ownerOf: (c: AppContext) => string;
  readonly resource: z.ZodType<R>;
  /** Whether this may be uploaded, under which key of the bucket, and what is to be known at its end. */
  readonly begin: (
    c: AppContext,
    announced: Announced,
  ) => Promise<Result<{ readonly key: string; readonly resource: R }>>;
  /**
   * Makes the product's own of it and gives the path of that; asked twice it gives the same. An object it refuses is removed.
   */
  readonly finish: (c: AppContext, arrived: Arrived<R>) => Promise<Result<{ readonly location: string }>>;
}

type Stub = ReturnType<Services["newResumableUpload"]>["upload"];

const REFUSALS: Record<UploadRefused["refusal"], (maxBytes: number) => DomainError> = {
  unknown: () => ({ code: "not_found", what: "upload" }),
  gone: () => ({ code: "upload_refused", reason: "gone" }),
  offset: () => ({ code: "upload_refused", reason: "offset" }),
  checksum: () => ({ code: "upload_refused", reason: "checksum" }),
  too_long: (maxBytes) => ({ code: "body_too_large", limitBytes: maxBytes }),
};

/** Of one upload. GET is no method of tus; POST is one with `X-HTTP-Method-Override`. */
const METHOD_NOT_ALLOWED: DomainError = {
  code: "method_not_allowed",
  allow: ["HEAD", "POST", "PATCH", "DELETE", "OPTIONS"],
};

/** Whoever speaks another version is told which one there is. */
const speakTus: MiddlewareHandler<AppEnv> = async (c, next) => {
  c.header("Tus-Resumable", TUS_VERSION);
  c.header("Cache-Control", "no-store");
  c.header("Access-Control-Expose-Headers", EXPOSED_BY_TUS);
  if (c.req.header("tus-resumable") === TUS_VERSION) return next();
  c.header("Tus-Version", TUS_VERSION);
  return fail(c, { code: "upload_refused", reason: "version" });
};

/**
 * Refuses an upload that is to be joined with others: R2 joins only parts of one upload. Taken as any other it would leave pieces
 * of a file as files.
 */
const refuseConcatenation: MiddlewareHandler<AppEnv> = async (c, next) => {
  if (c.req.header("upload-concat") === undefined) return next();
  return fail(c, { code: "upload_refused", reason: "concatenation" });
};

const isChunk = (c: AppContext): boolean => mediaTypeOf(c.req.header("content-type")) === CHUNK_TYPE;

/** Resumable uploads by tus 1.0, for a product to mount: what an upload is and becomes is the product's. */
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

  /** What was asked of an upload. One whose last byte is there becomes the product's before it is answered. */
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
    c.get("services").resumableUpload(c.req.param("id") ?? "");
  const unknown = (c: AppContext) => fail(c, REFUSALS.unknown(maxBytes));

  const create = async (c: AppContext, headers: z.output<typeof createHeaders>): Promise<Response> => {
    const { "upload-length": length, "upload-metadata": metadata, "upload-checksum": checksum } = headers;
    if (length === 0) return fail(c, { code: "upload_failed", detail: "the file is empty" });
    if (length > maxBytes) return fail(c, REFUSALS.too_long(maxBytes));
    const begun = await product.begin(c, { length, metadata: metadata.entries });
    if (!begun.ok) return fail(c, begun.error);
    const { id, upload: stub } = c.get("services").newResumableUpload();
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
      // Nobody knows where it is.
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
    for (const [name, value] of Object.entries(offered(maxBytes))) c.header(name, value);
    await next();
  };
  for (const where of [path, `${path}/:id`]) router.options(where, offer, tusPreflight);
  for (const described of [operations.options, operations.look])
    router.openAPIRegistry.registerPath(described);
  router.openapi(operations.create, async (c) => (await create(c, c.req.valid("header"))) as never);
  // Hono answers HEAD by what GET has.
  const headOnly: MiddlewareHandler<AppEnv> = async (c, next) =>
    c.req.method === "HEAD" ? next() : fail(c, METHOD_NOT_ALLOWED);
  router.get(`${path}/:id`, headOnly, speakTus, middleware, look);
  router.openapi(operations.end, async (c) => (await end(c)) as never);
  router.openapi(operations.append, async (c) => (await append(c, c.req.valid("header"))) as never);
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
