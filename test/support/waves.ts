/** The ways in which WAV files of recorders, DAWs and streaming programs differ. */
export interface WaveShape {
  readonly tag?: number;
  readonly bits?: number;
  readonly channels?: number;
  readonly sampleRate?: number;
  readonly blockBytes?: number;
  /** The bytes after the first 16 bytes of the `fmt ` chunk. */
  readonly extension?: Uint8Array;
  /** Complete chunks: `first` before `fmt `, `between` between `fmt ` and `data`, `behind` after `data`. */
  readonly first?: readonly Uint8Array[];
  readonly between?: readonly Uint8Array[];
  readonly behind?: readonly Uint8Array[];
  readonly isDataFirst?: boolean;
  /** Header values that replace the true ones. */
  readonly riff?: string;
  readonly riffSize?: number;
  readonly dataSize?: number;
}

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);
const uint32 = (value: number): Uint8Array => {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
};

const joined = (...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(parts.flatMap((part) => [...part]));

/**
 * Returns a chunk. A chunk of odd size gets a padding byte, unless `isPadded` is false, as in files of faulty
 * writers.
 */
export const chunkOf = (name: string, data: Uint8Array, isPadded = true): Uint8Array =>
  joined(ascii(name), uint32(data.length), data, new Uint8Array(isPadded ? data.length % 2 : 0));

/** Returns the chunk of RF64 and BW64 files that holds the 64-bit sizes. */
export const ds64Of = (dataBytes: number): Uint8Array => {
  const data = new Uint8Array(28);
  new DataView(data.buffer).setBigUint64(8, BigInt(dataBytes), true);
  return chunkOf("ds64", data);
};

/** Returns the extension of WAVE_FORMAT_EXTENSIBLE for an encoding. */
export const extensionOf = (tag: number, validBits: number): Uint8Array =>
  joined(
    Uint8Array.of(22, 0, validBits, 0, 0, 0, 0, 0, tag, 0),
    Uint8Array.of(0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71),
  );

/** Returns a WAV file that contains these sample bytes unchanged. */
export const waveOf = (samples: Uint8Array, shape: WaveShape = {}): Uint8Array<ArrayBuffer> => {
  const { tag = 1, bits = 16, channels = 1, sampleRate = 8_000 } = shape;
  const blockBytes = shape.blockBytes ?? Math.ceil(bits / 8) * channels;
  const format = new Uint8Array(16);
  const view = new DataView(format.buffer);
  view.setUint16(0, tag, true);
  view.setUint16(2, channels, true);
  view.setUint32(4, sampleRate, true);
  view.setUint32(8, sampleRate * blockBytes, true);
  view.setUint16(12, blockBytes, true);
  view.setUint16(14, bits, true);
  const fmt = [chunkOf("fmt ", joined(format, shape.extension ?? new Uint8Array()))];
  const data = [ascii("data"), uint32(shape.dataSize ?? samples.length), samples];
  const body = joined(
    ascii("WAVE"),
    ...(shape.first ?? []),
    ...(shape.isDataFirst ? [] : [...fmt, ...(shape.between ?? [])]),
    ...data,
    ...(shape.isDataFirst ? fmt : []),
    ...(shape.behind ?? []),
  );
  return joined(ascii(shape.riff ?? "RIFF"), uint32(shape.riffSize ?? body.length), body);
};
