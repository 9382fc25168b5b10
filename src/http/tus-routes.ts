import { createRoute, z } from "@hono/zod-openapi";
import type { MiddlewareHandler } from "hono";
import { CHECKSUM_ALGORITHMS, parseBytes, parseChecksum, parseMetadata } from "../core/uploads/index.ts";
import type { AppEnv } from "./context.ts";

export const TUS_VERSION = "1.0.0";
export const CHUNK_TYPE = "application/offset+octet-stream";
const EXTENSIONS = "creation,creation-with-upload,expiration,checksum,termination";

/** Describes a header that `parse` reads; a value for which it returns undefined is refused. */
const header = <T>(parse: (text: string) => T | undefined, description: string, example: string) =>
  z
    .string()
    .transform((text, ctx) => {
      const parsed = parse(text);
      if (parsed !== undefined) return parsed;
      ctx.addIssue({ code: "custom", message: `is malformed; example: ${example}` });
      return z.NEVER;
    })
    .openapi({ type: "string", description, example });

const tusResumable = z.string().openapi({ description: "The version of the protocol", example: TUS_VERSION });
const checksum = header(
  parseChecksum,
  `Checksum of this chunk: the algorithm (${CHECKSUM_ALGORITHMS.join(", ")}), a space and the digest in base64. A chunk with a checksum is stored whole or not at all.`,
  "sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=",
);

export const createHeaders = z.object({
  "tus-resumable": tusResumable,
  "upload-length": header(parseBytes, "Size of the whole upload in bytes", "94371840"),
  "upload-metadata": z
    .string()
    .default("")
    .transform((text, ctx) => {
      const entries = parseMetadata(text);
      if (entries) return { text, entries };
      ctx.addIssue({
        code: "custom",
        message: "must be pairs of a key and base64 text, separated by commas",
      });
      return z.NEVER;
    })
    .openapi({
      type: "string",
      description: "Pairs of a key and its value in base64, separated by commas",
      example: "filename YS53ZWJt",
    }),
  "upload-checksum": checksum.optional(),
});

export const appendHeaders = z.object({
  "tus-resumable": tusResumable,
  "upload-offset": header(parseBytes, "Number of bytes stored before this chunk", "0"),
  "upload-checksum": checksum.optional(),
});

/** The request headers of every operation on an upload. */
const uploadHeaders = z.object({ "tus-resumable": tusResumable });
const idParams = z.object({
  id: z.string().openapi({ param: { name: "id", in: "path" }, description: "From `Location`" }),
});

const text = (description: string) => ({ schema: { type: "string" as const }, description });
const STANDING = {
  "Upload-Offset": text("Number of bytes stored so far"),
  "Upload-Expires": text("When the upload expires unless it is continued"),
  "Content-Location": text("URL of the resource created from the upload, once it is complete"),
};

type TusStatus = 400 | 401 | 403 | 404 | 409 | 410 | 412 | 413 | 415 | 460;

/** What a product's OpenAPI document says about its uploads. */
export interface TusDocument {
  /** The path of the collection, for example `/api/v1/media/uploads`. */
  readonly path: string;
  /** The prefix of the operation ids. */
  readonly operations: string;
  readonly tag: string;
  /** Describes the upload, the metadata it needs and the resource it becomes. */
  readonly description: string;
  readonly security: Record<string, string[]>[];
  readonly errors: (...statuses: TusStatus[]) => Record<number, { readonly description: string }>;
}

/** Returns the headers of an OPTIONS answer: the version, extensions and limits of the server. */
export const capabilityHeaders = (maxBytes: number): Record<string, string> => ({
  "Tus-Resumable": TUS_VERSION,
  "Tus-Version": TUS_VERSION,
  "Tus-Extension": EXTENSIONS,
  "Tus-Max-Size": String(maxBytes),
  "Tus-Checksum-Algorithm": CHECKSUM_ALGORITHMS.join(","),
});

/** Describes the operations of tus 1.0 for a product. */
export const tusOperations = (
  { path, operations, tag, description, security, errors }: TusDocument,
  middleware: {
    readonly all: readonly MiddlewareHandler<AppEnv>[];
    readonly create: readonly MiddlewareHandler<AppEnv>[];
  },
) => {
  const documented = { tags: [tag], security };
  const common = { ...documented, middleware: [...middleware.all] };
  const one = `${path}/{id}` as const;
  return {
    options: createRoute({
      method: "options",
      path,
      operationId: `${operations}UploadOptions`,
      tags: [tag],
      security: [],
      summary: "Get the capabilities of resumable uploads",
      description:
        "Returns the version of tus, its extensions and the maximum upload size, each in a header.",
      responses: {
        204: {
          description: "The capabilities, in the headers",
          headers: Object.fromEntries(
            Object.keys(capabilityHeaders(0)).map((name) => [name, text("See tus 1.0")]),
          ),
        },
      },
    }),
    create: createRoute({
      ...documented,
      middleware: [...middleware.create],
      method: "post",
      path,
      operationId: `${operations}CreateUpload`,
      summary: "Create a resumable upload",
      description: `Works with any tus 1.0 client. ${description} A body of type \`${CHUNK_TYPE}\` is the first chunk. The edge refuses request bodies above 100 MB on most plans, so set the client's \`chunkSize\` below that. Concatenation is not supported: a creation with \`Upload-Concat\` is refused with 400, so keep \`parallelUploads\` of Uppy and tus-js-client at 1. An upload expires 24 hours after its last byte.`,
      request: { headers: createHeaders },
      responses: {
        201: {
          description: "The upload was created",
          headers: { Location: text("URL of the upload"), ...STANDING },
        },
        ...errors(400, 401, 403, 404, 409, 412, 413, 415, 460),
      },
    }),
    append: createRoute({
      ...common,
      method: "patch",
      path: one,
      operationId: `${operations}AppendToUpload`,
      summary: "Append bytes to an upload",
      description:
        "Bytes that arrive before a connection breaks are stored. A client that cannot send PATCH sends POST with `X-HTTP-Method-Override: PATCH`.",
      request: {
        params: idParams,
        headers: appendHeaders,
        body: { content: { [CHUNK_TYPE]: { schema: { type: "string", format: "binary" } } } },
      },
      responses: {
        204: { description: "All bytes were stored", headers: STANDING },
        ...errors(400, 401, 403, 404, 409, 410, 412, 413, 415, 460),
      },
    }),
    // Hono has no HEAD routes, so this operation is only part of the document; `tusRoutes` serves it through GET.
    look: createRoute({
      ...documented,
      method: "head",
      path: one,
      operationId: `${operations}LookAtUpload`,
      summary: "Get the offset of an upload",
      description: "After a connection broke, a client reads the offset and continues the upload from there.",
      request: { params: idParams, headers: uploadHeaders },
      responses: {
        200: {
          description: "The state of the upload, in the headers",
          headers: {
            ...STANDING,
            "Upload-Length": text("Size of the whole upload in bytes"),
            "Upload-Metadata": text("The metadata as the client sent it"),
          },
        },
        ...errors(401, 403, 404, 410, 412),
      },
    }),
    end: createRoute({
      ...common,
      method: "delete",
      path: one,
      operationId: `${operations}EndUpload`,
      summary: "Terminate an upload",
      description: "A resource that was already created from a complete upload is kept.",
      request: { params: idParams, headers: uploadHeaders },
      responses: { 204: { description: "The upload was terminated" }, ...errors(401, 403, 404, 410, 412) },
    }),
  };
};
