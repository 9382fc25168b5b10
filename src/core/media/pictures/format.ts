/** The properties of a picture, read from its bytes. */
export interface PictureFacts {
  readonly mimeType: "image/jpeg" | "image/png" | "image/webp" | "image/gif";
  /** Display size in pixels, after applying the orientation. */
  readonly width: number;
  readonly height: number;
  /** EXIF orientation, 1 to 8: how the stored pixels have to be turned to be upright. */
  readonly orientation: number;
  /** The end of the file is missing. Browsers show the part that is there, but a decoder may refuse it. */
  readonly isTruncated?: true;
}

/**
 * One picture format. `read` and `strip` return undefined for bytes that are not such a picture or contain none of
 * its pixels.
 */
export interface PictureFormat {
  readonly recognises: (bytes: Uint8Array) => boolean;
  readonly read: (bytes: Uint8Array) => PictureFacts | undefined;
  /**
   * Returns a structurally complete file with the same pixels, bit for bit, without metadata such as location, time,
   * camera, names and comments.
   */
  readonly strip: (bytes: Uint8Array) => Uint8Array | undefined;
}

/** Limit for the parts of one picture (blocks, chunks, segments). Real pictures have a few thousand at most. */
export const MAX_PARTS = 50_000;

export const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export const asciiAt = (bytes: Uint8Array, at: number, text: string): boolean => {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
};

export const joined = (parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
};

/** Returns the display size. Orientations from 5 on swap width and height. */
export const upright = (width: number, height: number, orientation: number) =>
  orientation >= 5 ? { width: height, height: width } : { width, height };
