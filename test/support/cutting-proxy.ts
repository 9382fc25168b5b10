import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

export interface CuttingProxy {
  readonly origin: string;
  /** Number of connections cut so far. */
  readonly cuts: () => number;
  /** Number of counted bytes that have passed so far. */
  readonly passed: () => number;
  readonly close: () => Promise<void>;
}

/**
 * Forwards bytes to a port of this machine and resets the connection each time that the number of bytes passed in
 * total, over all connections, reaches the next value of `cutAt`. It counts the bytes of requests or of answers.
 */
export const startCuttingProxy = async (
  port: number,
  cutAt: readonly number[],
  { of = "requests" }: { readonly of?: "requests" | "answers" } = {},
): Promise<CuttingProxy> => {
  const left = [...cutAt];
  const sockets = new Set<Socket>();
  let passed = 0;
  const server = createServer((client) => {
    const upstream = connect(port, "127.0.0.1");
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("close", () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
      // The reset on purpose causes errors on both sockets.
      socket.on("error", () => undefined);
    }
    (of === "requests" ? client : upstream).on("data", (bytes) => {
      passed += bytes.length;
      const [next = Number.POSITIVE_INFINITY] = left;
      if (passed >= next) {
        left.shift();
        client.resetAndDestroy();
      }
    });
    client.pipe(upstream);
    upstream.pipe(client);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    origin: `http://127.0.0.1:${address.port}`,
    cuts: () => cutAt.length - left.length,
    passed: () => passed,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
};
