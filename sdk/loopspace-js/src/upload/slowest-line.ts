/** 256 kbit/s. An upload that is slower than this times out. */
const SLOWEST_BYTES_PER_MS = 32;

/** Returns the timeout in milliseconds of an attempt that sends `bytes`. */
export const timeoutFor = (bytes: number, timeout: number): number => timeout + bytes / SLOWEST_BYTES_PER_MS;
