/** Reads bits, the most significant bit of each byte first. Bits behind the end are zeros. */
export class Bits {
  /** Position in bits. */
  at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  /** Whether more bits were read than there are. */
  get isOver(): boolean {
    return this.at > this.bytes.length * 8;
  }

  bit(): number {
    const bit = ((this.bytes[this.at >> 3] ?? 0) >> (7 - (this.at & 7))) & 1;
    this.at++;
    return bit;
  }

  /** Reads at most 24 bits. */
  read(count: number): number {
    if (count === 0) return 0;
    const byte = this.at >> 3;
    const high = ((this.bytes[byte] ?? 0) << 24) | ((this.bytes[byte + 1] ?? 0) << 16);
    const low = ((this.bytes[byte + 2] ?? 0) << 8) | (this.bytes[byte + 3] ?? 0);
    const word = (high | low) << (this.at & 7);
    this.at += count;
    return word >>> (32 - count);
  }

  skip(count: number): void {
    this.at += count;
  }

  align(): void {
    this.at = (this.at + 7) & ~7;
  }
}
