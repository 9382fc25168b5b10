import { AbstractTokenizer, EndOfStreamError, type IReadChunkOptions } from "strtok3";
import type { AudioSource } from "./source.ts";

/** The largest stretch a parser may have at once: tags hold pictures, and a file may say that it has gigabytes of them. */
const MAX_TOKEN_BYTES = 16 * 1_024 * 1_024;

/** A source as parsers of files want it. Asked for more than 16 MB at once it throws. */
export class SourceTokenizer extends AbstractTokenizer {
  readonly fileInfo: { size: number; mimeType: string };

  /** `mediaType` is what the file is known to be; nothing where that is to be found out. */
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
