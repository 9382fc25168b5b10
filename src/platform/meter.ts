/** Counts what a request asked of storage: one for each round trip. */
export interface Meter {
  d1: number;
  durable: number;
}

export const newMeter = (): Meter => ({ d1: 0, durable: 0 });
