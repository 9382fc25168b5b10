import { Readable } from "node:stream";
import { Busboy, type BusboyHeaders, Dicer } from "@fastify/busboy";
import { fileNameIn } from "../lib/file-name.ts";

/** The form is broken, cut off or too large. */
export class MultipartError extends Error {
  override readonly name = "MultipartError";

  constructor(
    readonly reason: "malformed" | "too_large",
    message: string,
  ) {
    super(message);
  }
}

/** A form with more than this is refused: twenty tags, each a field of its own, leave as many for everything else. */
const LIMITS = { files: 2, fields: 40, parts: 44, fieldSize: 64 * 1_024 };

/** Takes a field of a form. */
export type TakeField = (name: string, value: string) => void;

/** Takes a file of a form while it comes, to its end: see `readPart`. */
export type TakeFile = (field: string, body: ReadableStream<Uint8Array>, fileName: string) => Promise<void>;

/**
 * Reads the files of a `multipart/form-data` body as streams, one after another, none of it kept in memory. Throws
 * MultipartError for what is no form or has too many fields, and what `take` throws.
 */
export const readMultipart = async (
  request: Request,
  maxBytes: number,
  take: TakeFile,
  takeField?: TakeField,
): Promise<void> => {
  const contentType = request.headers.get("content-type") ?? "";
  if (!request.body || !/^multipart\/form-data\s*;.*boundary=/i.test(contentType))
    throw new MultipartError("malformed", "the body is no multipart/form-data");
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
          // Nobody waits for the rest.
          reject(error);
          file.resume();
        }),
      );
    });
    form.on("field", (name: string, value: string, isNameCut: boolean, isValueCut: boolean) => {
      if (isNameCut || isValueCut) reject(new MultipartError("malformed", "a field is too long"));
      else takeField?.(name, value);
    });
    // What is past a limit is left out and nothing else said: half a form may say the contrary of the whole.
    for (const limit of ["fieldsLimit", "filesLimit", "partsLimit"] as const)
      form.on(limit, () => reject(new MultipartError("malformed", "too many fields")));
    form.on("finish", resolve);
    form.on("error", (error: unknown) =>
      reject(error instanceof MultipartError ? error : new MultipartError("malformed", String(error))),
    );
  });
  const source = Readable.fromWeb(limited(request.body, maxBytes) as never);
  source.on("error", (error) => form.destroy(error));
  source.pipe(form);
  try {
    await ended;
    await Promise.all(takes);
  } catch (error) {
    // Who takes a file is told that no more of it comes, and is done before anybody hears of it.
    for (const file of files) file.destroy(error instanceof Error ? error : new Error(String(error)));
    await Promise.allSettled(takes);
    // Gives the body back, so that what is left of it can be drained.
    source.destroy();
    throw error;
  }
};

/** The parser refuses some boundaries: RFC 2046 allows 70 characters. */
const parserOf = (contentType: string): InstanceType<typeof Busboy> => {
  try {
    return new Busboy({ headers: { "content-type": contentType } as BusboyHeaders, limits: LIMITS });
  } catch (error) {
    throw new MultipartError("malformed", error instanceof Error ? error.message : String(error));
  }
};

/**
 * Gives the `Content-Disposition` of the part that was begun last. The parser hands out a file's name as it reads it, which is
 * not always what the client meant, so the header itself is taken from the splitter of parts inside of it.
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

/** Reads a part to its end, as the form behind it needs; undefined where it is longer than anybody keeps. */
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
    // What is left of a body that is too large is for `drain`.
    { preventCancel: true },
  );
};
