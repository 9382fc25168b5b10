import { MIB } from "./body.ts";

const MAX_DRAINED_BYTES = 256 * MIB;
const MAX_DRAIN_MS = 30_000;

/**
 * Reads the rest of a request's body and discards it. Clients such as Node's fetch and python-requests read the answer
 * only after they have sent the whole body; without this the runtime would close the connection before that.
 */
export const drain = async (body: ReadableStream<Uint8Array> | null): Promise<void> => {
  // A locked stream has a handler that reads it to its end.
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
    // The client disconnected or its body is broken; the answer does not change.
  } finally {
    clearTimeout(timer);
  }
};
