import { Readable } from "node:stream";
import { Busboy, type BusboyHeaders, Dicer } from "@fastify/busboy";
import { fileNameIn } from "../lib/file-name.ts";

/** The form is malformed, cut off or too large. */
export class MultipartError extends Error {
  override readonly name = "MultipartError";

  constructor(
    readonly reason: "malformed" | "too_large",
    message: string,
  ) {
    super(message);
  }
}

/** A form above these limits is refused. A track has up to 20 tags, each a field; 20 fields remain for the rest. */
const LIMITS = { files: 2, fields: 40, parts: 44, fieldSize: 64 * 1_024 };

/** Receives a field of a form. */
export type TakeField = (name: string, value: string) => void;

/** Receives a file of a form as a stream, which it must read to the end (see `readPart`). */
export type TakeFile = (field: string, body: ReadableStream<Uint8Array>, fileName: string) => Promise<void>;

/**
 * Reads the files of a `multipart/form-data` body as streams, one after another, without holding them in memory.
 * Throws a MultipartError for a malformed form or one above the limits, and rethrows what `take` throws.
 */
export const readMultipart = async (
  request: Request,
  maxBytes: number,
  take: TakeFile,
  takeField?: TakeField,
): Promise<void> => {
  const contentType = request.headers.get("content-type") ?? "";
  if (!request.body || !/^multipart\/form-data\s*;.*boundary=/i.test(contentType))
    throw new MultipartError("malformed", "the body must be multipart/form-data with a boundary");
  if (Number(request.headers.get("content-length") ?? 0) > maxBytes)
    throw new MultipartError("too_large", `more than ${maxBytes} bytes`);
  const form = parserOf(contentType);
  const lastDisposition = watchDispositions(form);
  const takes: Promise<void>[] = [];
  const files: Readable[] = [];
  const ended = new Promise<void>((resolve, reject) => {
    form.on("file", (field: string, file: Readable, fileName: string) => {
      files.push(file);
      const body = Readable.toWeb(file) as unknown as ReadableStream<Uint8Array>;
      takes.push(
        take(field, body, fileNameIn(lastDisposition()) ?? fileName ?? "").catch((error) => {
          // The form has failed, so the rest of the file is discarded.
          reject(error);
          file.resume();
        }),
      );
    });
    form.on("field", (name: string, value: string, isNameCut: boolean, isValueCut: boolean) => {
      if (isNameCut || isValueCut)
        reject(new MultipartError("malformed", "a field is too long: its value may have at most 64 KiB"));
      else takeField?.(name, value);
    });
    // Beyond a limit the parser silently drops parts. The form is refused, because a part of it may mean something
    // else.
    for (const limit of ["fieldsLimit", "filesLimit", "partsLimit"] as const)
      form.on(limit, () => reject(new MultipartError("malformed", "too many fields")));
    form.on("finish", resolve);
    form.on("error", (error: unknown) =>
      reject(error instanceof MultipartError ? error : new MultipartError("malformed", String(error))),
    );
  });
  const source = Readable.fromWeb(
    limited(request.body, maxBytes) as unknown as Parameters<typeof Readable.fromWeb>[0],
  );
  source.on("error", (error) => form.destroy(error));
  source.pipe(form);
  try {
    await ended;
    await Promise.all(takes);
  } catch (error) {
    // Each `take` sees its stream fail and settles before this function throws.
    for (const file of files) file.destroy(error instanceof Error ? error : new Error(String(error)));
    await Promise.allSettled(takes);
    // Releases the request body, so that the gateway can drain the rest of it.
    source.destroy();
    throw error;
  }
};

/** Constructs the parser, which throws for some boundaries (RFC 2046 allows at most 70 characters). */
const parserOf = (contentType: string): InstanceType<typeof Busboy> => {
  try {
    return new Busboy({ headers: { "content-type": contentType } as BusboyHeaders, limits: LIMITS });
  } catch (error) {
    throw new MultipartError("malformed", error instanceof Error ? error.message : String(error));
  }
};

/**
 * Returns a function that gives the `Content-Disposition` header of the latest part. The parser's own reading of a
 * file name is sometimes wrong, so the raw header is taken from the Dicer inside the parser, which splits the parts.
 */
const watchDispositions = (form: InstanceType<typeof Busboy>): (() => string) => {
  let disposition = "";
  const splitter: unknown = Reflect.get(Object(Reflect.get(form, "_parser")), "parser");
  if (!(splitter instanceof Dicer)) throw new Error("the form parser has no splitter of parts");
  splitter.prependListener("part", (part: Readable) => {
    part.on("header", (header: Record<string, readonly string[] | undefined>) => {
      disposition = header["content-disposition"]?.[0] ?? "";
    });
  });
  return () => disposition;
};

/**
 * Reads a part to its end, because the form cannot go on before. Returns undefined for a part above `maxBytes`.
 */
export const readPart = async (
  body: ReadableStream<Uint8Array>,
  maxBytes: number,
): Promise<Uint8Array | undefined> => {
  const chunks: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of body) {
    total += chunk.length;
    if (total <= maxBytes) chunks.push(chunk);
  }
  return total <= maxBytes ? new Uint8Array(Buffer.concat(chunks)) : undefined;
};

const limited = (body: ReadableStream<Uint8Array>, maxBytes: number): ReadableStream<Uint8Array> => {
  let total = 0;
  return body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        total += chunk.length;
        if (total > maxBytes) throw new MultipartError("too_large", `more than ${maxBytes} bytes`);
        controller.enqueue(chunk);
      },
    }),
    // The rest of a body that is too large is left for `drain`.
    { preventCancel: true },
  );
};
