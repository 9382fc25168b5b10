import { z } from "zod";
import { fromBase64 } from "./http.ts";

/** An image in a response: its bytes, or the URL to download them from. */
export type AnsweredImage = { readonly bytes: Uint8Array } | { readonly url: string };

const entrySchema = z.union([z.string(), z.record(z.string(), z.unknown())]);
const listSchema = z.union([z.array(entrySchema), entrySchema.transform((entry) => [entry])]);

/**
 * Fields in which servers return the list, in this order: OpenAI; SiliconFlow and the Stable Diffusion web UI;
 * Replicate; Stability; servers that return a single image.
 */
const LISTS = ["data", "images", "output", "artifacts", "image"] as const;
/** Fields that contain base64, and fields that contain a URL. Both kinds may contain a `data:` URL. */
const BASE64_FIELDS = ["b64_json", "base64", "b64", "image_base64"] as const;
const URL_FIELDS = ["url", "image_url", "image"] as const;

const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;
/** A shorter text is taken for a URL. A file URL of this length contains a dot, which is not a base64 character. */
const SHORTEST_BASE64 = 64;

const ofBase64 = (text: string): AnsweredImage | undefined => {
  const bytes = fromBase64(text);
  return bytes && { bytes };
};

const ofText = (text: string, isBase64: boolean): AnsweredImage | undefined => {
  const [, encoding, data] = /^data:[^,]*?(;base64)?,(.*)$/is.exec(text) ?? [];
  // A data: URL without base64 can only be SVG, which is not accepted.
  if (data !== undefined) return encoding ? ofBase64(data) : undefined;
  if (/^https?:/i.test(text)) return { url: text };
  return isBase64 ? ofBase64(text) : { url: text };
};

const firstText = (entry: Record<string, unknown>, fields: readonly string[]): string | undefined => {
  for (const field of fields) {
    const value = entry[field];
    // Some servers wrap the URL: `{"image_url":{"url":"…"}}`.
    const text = typeof value === "object" && value !== null ? (value as { url?: unknown }).url : value;
    if (typeof text === "string" && text !== "") return text;
  }
  return undefined;
};

const looksLikeBase64 = (text: string): boolean => {
  const bare = text.replace(/\s+/g, "");
  return bare.length >= SHORTEST_BASE64 && BASE64.test(bare);
};

const imageOf = (entry: z.output<typeof entrySchema>): AnsweredImage | undefined => {
  if (entry === "") return undefined;
  if (typeof entry === "string") return ofText(entry, looksLikeBase64(entry));
  const base64 = firstText(entry, BASE64_FIELDS);
  if (base64 !== undefined) return ofText(base64, true);
  const url = firstText(entry, URL_FIELDS);
  return url === undefined ? undefined : ofText(url, looksLikeBase64(url));
};

/**
 * Finds the images in a response of an OpenAI-compatible server, in any of the known formats. Empty if there are
 * none.
 */
export const imagesIn = (body: unknown): AnsweredImage[] => {
  const answer = z.record(z.string(), z.unknown()).safeParse(body).data ?? { data: body };
  for (const name of LISTS) {
    const entries = listSchema.safeParse(answer[name]).data ?? [];
    const images = entries.map(imageOf).filter((image) => image !== undefined);
    if (images.length > 0) return images;
  }
  return [];
};
