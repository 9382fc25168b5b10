import { createRoute, z } from "@hono/zod-openapi";
import type { MiddlewareHandler } from "hono";
import { CHECKSUM_ALGORITHMS, parseBytes, parseChecksum, parseMetadata } from "../core/uploads/index.ts";
import type { AppEnv } from "./context.ts";

export const TUS_VERSION = "1.0.0";
export const CHUNK_TYPE = "application/offset+octet-stream";
const EXTENSIONS = "creation,creation-with-upload,expiration,checksum,termination";

/** A header read by `parse`; what that does not understand is refused. */
const header = <T>(parse: (text: string) => T | undefined, description: string, example: string) =>
  z
    .string()
    .transform((text, ctx) => {
      const parsed = parse(text);
      if (parsed !== undefined) return parsed;
      ctx.addIssue({ code: "custom", message: "cannot be read" });
      return z.NEVER;
    })
    .openapi({ type: "string", description, example });

const tusResumable = z.string().openapi({ description: "The version of the protocol", example: TUS_VERSION });
const checksum = header(
  parseChecksum,
  `Sum of this chunk: ${CHECKSUM_ALGORITHMS.join(", ")} and the digest in base64. With it the chunk counts as a whole or not at all.`,
  "sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=",
);

export const createHeaders = z.object({
  "tus-resumable": tusResumable,
  "upload-length": header(parseBytes, "Bytes, all together", "94371840"),
  "upload-metadata": z
    .string()
    .default("")
    .transform((text, ctx) => {
      const entries = parseMetadata(text);
      if (entries) return { text, entries };
      ctx.addIssue({ code: "custom", message: "cannot be read" });
      return z.NEVER;
    })
    .openapi({
      type: "string",
      description: "Pairs of a key and text in base64, with commas between",
      example: "filename YS53ZWJt",
    }),
  "upload-checksum": checksum.optional(),
});

export const appendHeaders = z.object({
  "tus-resumable": tusResumable,
  "upload-offset": header(parseBytes, "How many bytes counted before this chunk", "0"),
  "upload-checksum": checksum.optional(),
});

/** What every operation on an upload has in common. */
const uploadHeaders = z.object({ "tus-resumable": tusResumable });
const idParams = z.object({
  id: z.string().openapi({ param: { name: "id", in: "path" }, description: "From `Location`" }),
});

const text = (description: string) => ({ schema: { type: "string" as const }, description });
const STANDING = {
  "Upload-Offset": text("How many bytes count"),
  "Upload-Expires": text("When it ends unless it goes on"),
  "Content-Location": text("What was made of it, once its last byte is there"),
};

type TusStatus = 400 | 401 | 403 | 404 | 409 | 410 | 412 | 413 | 415 | 460;

/** How a product's document speaks of its uploads. */
export interface TusDocument {
  /** Of the collection: `/api/v1/media/uploads`. */
  readonly path: string;
  /** What the operations' ids begin with. */
  readonly operations: string;
  readonly tag: string;
  /** What is uploaded, which metadata it needs and what becomes of it. */
  readonly description: string;
  readonly security: Record<string, string[]>[];
  readonly errors: (...statuses: TusStatus[]) => Record<number, { readonly description: string }>;
}

/** The headers of OPTIONS: what a client may ask for. */
export const offered = (maxBytes: number): Record<string, string> => ({
  "Tus-Resumable": TUS_VERSION,
  "Tus-Version": TUS_VERSION,
  "Tus-Extension": EXTENSIONS,
  "Tus-Max-Size": String(maxBytes),
  "Tus-Checksum-Algorithm": CHECKSUM_ALGORITHMS.join(","),
});

/** The operations of tus 1.0 as a product documents them. */
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
      summary: "What resumable uploads can do",
      description: "The version of tus, its extensions and the largest upload, each in a header.",
      responses: {
        204: {
          description: "In the headers",
          headers: Object.fromEntries(Object.keys(offered(0)).map((name) => [name, text("See tus 1.0")])),
        },
      },
    }),
    create: createRoute({
      ...documented,
      middleware: [...middleware.create],
      method: "post",
      path,
      operationId: `${operations}CreateUpload`,
      summary: "Begin a resumable upload",
      description: `tus 1.0, for any of its clients. ${description} A body of \`${CHUNK_TYPE}\` is the first chunk. A request may carry 100 MB through the edge of most plans: let the client send chunks below that (\`chunkSize\`). Parts of a file are not joined: a creation with \`Upload-Concat\` is 400, so \`parallelUploads\` of Uppy and tus-js-client stays at 1. An upload ends 24 hours after its last byte.`,
      request: { headers: createHeaders },
      responses: {
        201: {
          description: "Begun",
          headers: { Location: text("The upload's own address"), ...STANDING },
        },
        ...errors(400, 401, 403, 404, 409, 412, 413, 415, 460),
      },
    }),
    append: createRoute({
      ...common,
      method: "patch",
      path: one,
      operationId: `${operations}AppendToUpload`,
      summary: "Send the next bytes",
      description:
        "What arrives counts, also when the connection breaks. A client that cannot send PATCH sends POST with `X-HTTP-Method-Override`.",
      request: {
        params: idParams,
        headers: appendHeaders,
        body: { content: { [CHUNK_TYPE]: { schema: { type: "string", format: "binary" } } } },
      },
      responses: {
        204: { description: "All of it counts", headers: STANDING },
        ...errors(400, 401, 403, 404, 409, 410, 412, 413, 415, 460),
      },
    }),
    // Hono knows no HEAD: this one is in the document only.
    look: createRoute({
      ...documented,
      method: "head",
      path: one,
      operationId: `${operations}LookAtUpload`,
      summary: "How many bytes have arrived",
      description: "What a client asks after its connection broke, to go on from there.",
      request: { params: idParams, headers: uploadHeaders },
      responses: {
        200: {
          description: "In the headers",
          headers: { ...STANDING, "Upload-Length": text("Bytes"), "Upload-Metadata": text("As it came") },
        },
        ...errors(401, 403, 404, 410, 412),
      },
    }),
    end: createRoute({
      ...common,
      method: "delete",
      path: one,
      operationId: `${operations}EndUpload`,
      summary: "End an upload",
      description: "What was made of one whose last byte had arrived stays.",
      request: { params: idParams, headers: uploadHeaders },
      responses: { 204: { description: "Ended" }, ...errors(401, 403, 404, 410, 412) },
    }),
  };
};
