import { exports } from "cloudflare:workers";
import { newAddress, ORIGIN } from "./http.ts";
import { expectDocumented } from "./openapi.ts";

const CHUNK_TYPE = "application/offset+octet-stream";

export const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** Encodes the fields as an `Upload-Metadata` header. */
export const metadataOf = (fields: Record<string, string | number>): string =>
  Object.entries(fields)
    .map(([key, value]) => `${key} ${base64(String(value))}`)
    .join(",");

export const checksumOf = async (
  bytes: Uint8Array<ArrayBuffer>,
  algorithm: "sha1" | "sha256" = "sha256",
): Promise<string> => {
  const name = algorithm === "sha1" ? "SHA-1" : "SHA-256";
  const digest = Buffer.from(await crypto.subtle.digest(name, bytes)).toString("base64");
  return `${algorithm} ${digest}`;
};

/** Returns pseudorandom bytes, so that no two parts of them are equal. */
export const someBytes = (length: number, seed = 1): Uint8Array<ArrayBuffer> => {
  const words = new Uint32Array(Math.ceil(length / 4));
  let state = seed;
  for (let i = 0; i < words.length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    words[i] = state;
  }
  return new Uint8Array(words.buffer).slice(0, length);
};

/** Returns a body that fails after these bytes, or never ends. */
export const brokenBody = (bytes: Uint8Array, end: "breaks" | "hangs"): ReadableStream<Uint8Array> => {
  let isSent = false;
  return new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      if (!isSent) {
        isSent = true;
        controller.enqueue(bytes);
      } else {
        // A delay, so that the bytes arrive before the failure.
        await new Promise((resolve) => end === "breaks" && setTimeout(resolve, 100));
        controller.error(new Error("the connection broke"));
      }
    },
  });
};

/** Sends a tus request. Unlike `ask` it expects no body in answers to HEAD. */
export const requestTus = async (
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>,
) => {
  const url = path.startsWith("http") ? path : ORIGIN + path;
  const all = new Headers({ "tus-resumable": "1.0.0", "cf-connecting-ip": newAddress(), ...headers });
  const request = new Request(url, { method, headers: all, ...(body === undefined ? {} : { body }) });
  const response = await exports.default.fetch(request);
  await expectDocumented(method, new URL(url).pathname, response.clone());
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    offset: Number(response.headers.get("upload-offset") ?? Number.NaN),
    code: text.startsWith("{") ? (JSON.parse(text) as { code: number }).code : undefined,
  };
};

/** Appends the next bytes to an upload. */
export const append = (
  path: string,
  headers: Record<string, string>,
  offset: number,
  body: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>,
  more: Record<string, string> = {},
) =>
  requestTus(
    "PATCH",
    path,
    { ...headers, "content-type": CHUNK_TYPE, "upload-offset": String(offset), ...more },
    body,
  );
