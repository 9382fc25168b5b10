/** Counts the storage round trips of a request, to D1 and to Durable Objects. */
export interface Meter {
  d1: number;
  durable: number;
}

export const newMeter = (): Meter => ({ d1: 0, durable: 0 });
