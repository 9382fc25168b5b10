import { readAdtsHeader } from "./aac.ts";
import type { FrameHeader, ReadHeader } from "./frames.ts";
import { readMp3Header } from "./mp3.ts";
import { type AudioSource, readPieces } from "./source.ts";

interface MpegStream {
  readonly format: "mp3" | "aac";
  /** Position of the first frame. */
  readonly start: number;
}

/** Padding or junk before the first frame is searched up to this length only. */
const MAX_OFFSET = 2 * 1_024 * 1_024;
/** This many consecutive frames of one kind do not occur by chance in bytes that are not audio. */
const ENOUGH_FRAMES = 3;
const HEADER_BYTES = { mp3: 4, aac: 7 } as const;
/** Three of the longest frames, which are those of ADTS: enough to decide whether a stream begins. */
const LOOK_AHEAD_BYTES = ENOUGH_FRAMES * 8_192;
/** Tags that may follow the last frame of a short file. */
const TRAILER = /^(TAG|APETAGEX|LYRICSBEGIN|ID3)/;
const TRAILER_BYTES = 11;

/**
 * Returns whether the byte after 0xff may belong to a header of layer III or ADTS. This is checked first, because a
 * file may be full of 0xff.
 */
const mayBegin = (byte = 0): boolean => (byte & 0xe6) === 0xe2 || (byte & 0xf6) === 0xf0;

const isStreamAt = (
  bytes: Uint8Array,
  at: number,
  { isEnd, isFirst }: { readonly isEnd: boolean; readonly isFirst: boolean },
  headerBytes: number,
  read: ReadHeader<FrameHeader>,
): boolean => {
  const first = at + headerBytes <= bytes.length ? read(bytes, at) : undefined;
  if (!first) return false;
  let next = at + first.bytes;
  for (let frames = 1; frames < ENOUGH_FRAMES; frames++) {
    // The file ends here. A stream at the start of the search may have its last frame cut off, unless that is its
    // only frame; a stream behind other bytes has to end exactly with the file.
    if (next + headerBytes > bytes.length)
      return isEnd && (isFirst ? frames > 1 || next <= bytes.length : next === bytes.length);
    const header = read(bytes, next);
    if (header?.kind !== first.kind)
      return isEnd && TRAILER.test(String.fromCharCode(...bytes.subarray(next, next + TRAILER_BYTES)));
    next += header.bytes;
  }
  return true;
};

/** Finds the first consecutive frames of MP3 or ADTS, whatever bytes come before them. */
export const findMpegStream = async (source: AudioSource, from: number): Promise<MpegStream | undefined> => {
  let found: MpegStream | undefined;
  await readPieces(source, from, Math.min(source.size, from + MAX_OFFSET), (bytes, isLast, offset) => {
    const isEnd = isLast && offset + bytes.length >= source.size;
    const until = isLast ? bytes.length : bytes.length - LOOK_AHEAD_BYTES;
    for (let at = bytes.indexOf(0xff); at >= 0 && at < until; at = bytes.indexOf(0xff, at + 1)) {
      if (!mayBegin(bytes[at + 1])) continue;
      const start = offset + at;
      const place = { isEnd, isFirst: start === from };
      if (isStreamAt(bytes, at, place, HEADER_BYTES.mp3, readMp3Header)) found = { format: "mp3", start };
      else if (isStreamAt(bytes, at, place, HEADER_BYTES.aac, readAdtsHeader))
        found = { format: "aac", start };
      if (found) return undefined;
    }
    return Math.max(0, until);
  });
  return found;
};
