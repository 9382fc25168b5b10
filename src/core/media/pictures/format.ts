/** What the bytes of a picture say of it. */
export interface PictureFacts {
  readonly mimeType: "image/jpeg" | "image/png" | "image/webp" | "image/gif";
  /** Pixels as they are shown: the camera's orientation is taken into account. */
  readonly width: number;
  readonly height: number;
  /** EXIF, 1 to 8: how the stored pixels are to be turned to be upright. */
  readonly orientation: number;
  /** Its end is missing: browsers show what is there, and a decoder may refuse it. */
  readonly isCutOff?: true;
}

/** One picture format. Both functions give undefined for bytes that are no such picture, or have none of its pixels. */
export interface PictureFormat {
  readonly recognises: (bytes: Uint8Array) => boolean;
  readonly read: (bytes: Uint8Array) => PictureFacts | undefined;
  /** The same pixels, bit for bit, in a file whose structure is whole, without what else was written beside them: place, time, camera, names, comments. */
  readonly strip: (bytes: Uint8Array) => Uint8Array | undefined;
}

/** Parts of one picture (blocks, chunks, segments) that are walked over; real ones have at most some thousands. */
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

/** Width and height as they are shown: orientations from 5 on lie on their side. */
export const upright = (width: number, height: number, orientation: number) =>
  orientation >= 5 ? { width: height, height: width } : { width, height };
