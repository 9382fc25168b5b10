/** The byte order marks that spreadsheets write before Unicode text. */
const MARKS: readonly { readonly bytes: readonly number[]; readonly encoding: string }[] = [
  { bytes: [0xef, 0xbb, 0xbf], encoding: "utf-8" },
  { bytes: [0xff, 0xfe], encoding: "utf-16le" },
  { bytes: [0xfe, 0xff], encoding: "utf-16be" },
];

const strictly = (encoding: string, bytes: Uint8Array): string | undefined => {
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    return undefined;
  }
};

/** Detects UTF-16 without a mark: in text of Latin letters and digits, every second byte is zero. */
const unmarked = (bytes: Uint8Array): string | undefined => {
  const pairs = Math.min(bytes.length, 512) >> 1;
  let [even, odd] = [0, 0];
  for (let i = 0; i < pairs; i++) {
    if (bytes[2 * i] === 0) even++;
    if (bytes[2 * i + 1] === 0) odd++;
  }
  if (Math.max(even, odd) * 2 <= pairs) return undefined;
  return odd > even ? "utf-16le" : "utf-16be";
};

/**
 * Decodes a file in the encodings that spreadsheets write: UTF-8 or UTF-16 by the mark, else UTF-8, else GB18030,
 * which includes GBK and GB2312. Undefined if no encoding fits.
 */
export const decodeText = (bytes: Uint8Array): string | undefined => {
  const mark = MARKS.find(({ bytes: wanted }) => wanted.every((byte, i) => bytes[i] === byte));
  const encoding = mark?.encoding ?? unmarked(bytes);
  if (encoding) return strictly(encoding, bytes);
  return strictly("utf-8", bytes) ?? strictly("gb18030", bytes);
};
