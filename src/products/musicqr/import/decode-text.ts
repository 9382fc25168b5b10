/** What spreadsheets write before text that is not in the encoding of their country. */
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

/** UTF-16 without its mark: of text in Latin letters and digits every second byte is zero. */
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
 * The text of a file in whatever a spreadsheet writes: UTF-8 or UTF-16 by its mark, else UTF-8, else GB18030, which GBK and GB2312
 * are parts of. Undefined where it is none of them.
 */
export const decodeText = (bytes: Uint8Array): string | undefined => {
  const mark = MARKS.find(({ bytes: wanted }) => wanted.every((byte, i) => bytes[i] === byte));
  const encoding = mark?.encoding ?? unmarked(bytes);
  if (encoding) return strictly(encoding, bytes);
  return strictly("utf-8", bytes) ?? strictly("gb18030", bytes);
};
