/** A slower line than this is taken for one that is broken: 256 kbit/s. */
const SLOWEST_BYTES_PER_MS = 32;

/** Milliseconds for an attempt that sends so many bytes. */
export const timeoutFor = (bytes: number, timeout: number): number => timeout + bytes / SLOWEST_BYTES_PER_MS;
