import { MIB } from "./body.ts";

const MAX_DRAINED_BYTES = 256 * MIB;
const MAX_DRAIN_MS = 30_000;

/**
 * Reads what is left of a request's body and throws it away. Clients such as Node's fetch and python-requests read an
 * answer only once they have sent everything: without this the runtime closes the connection under them.
 */
export const drain = async (body: ReadableStream<Uint8Array> | null): Promise<void> => {
  // A handler that took the stream reads it to its end, or is reading it still.
  if (!body || body.locked) return;
  const reader = body.getReader();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<{ done: true; value: undefined }>((resolve) => {
    timer = setTimeout(() => resolve({ done: true, value: undefined }), MAX_DRAIN_MS);
  });
  let left = MAX_DRAINED_BYTES;
  try {
    while (left > 0) {
      const { done, value } = await Promise.race([reader.read(), timeout]);
      if (done) break;
      left -= value.length;
    }
  } catch {
    // The client has gone, or its body is broken: the answer stands all the same.
  } finally {
    clearTimeout(timer);
  }
};
