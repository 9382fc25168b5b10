import { AbstractTokenizer, EndOfStreamError, type IReadChunkOptions } from "strtok3";
import type { AudioSource } from "./source.ts";

/** Limit for one read of a parser. Tags hold pictures, and a file may claim gigabytes of them. */
const MAX_TOKEN_BYTES = 16 * 1_024 * 1_024;

/**
 * Adapts a source to the tokenizer of strtok3, which the parsers read from. A read that needs more than 16 MiB
 * throws.
 */
export class SourceTokenizer extends AbstractTokenizer {
  readonly fileInfo: { size: number; mimeType: string };

  /** `mediaType` is the type of the file; empty if the parser has to detect it. */
  constructor(
    private readonly source: AudioSource,
    mediaType = "",
  ) {
    super({ maxBufferSize: MAX_TOKEN_BYTES });
    this.fileInfo = { size: source.size, mimeType: mediaType };
  }

  async readBuffer(buffer: Uint8Array, options?: IReadChunkOptions): Promise<number> {
    const { position } = this.normalizeOptions(buffer, options);
    const bytes = await this.peekBuffer(buffer, options);
    this.position = position + bytes;
    return bytes;
  }

  async peekBuffer(buffer: Uint8Array, options?: IReadChunkOptions): Promise<number> {
    const { position, length, mayBeLess } = this.normalizeOptions(buffer, options);
    const bytes = await this.source.read(position, Math.min(length, MAX_TOKEN_BYTES));
    if (bytes.length < length && !mayBeLess) throw new EndOfStreamError();
    buffer.set(bytes);
    return bytes.length;
  }

  override supportsRandomAccess(): boolean {
    return true;
  }

  setPosition(position: number): void {
    this.position = position;
  }
}
