import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

export interface CuttingProxy {
  readonly origin: string;
  /** How many connections were cut so far. */
  readonly cuts: () => number;
  /** How many of the bytes that count passed so far. */
  readonly passed: () => number;
  readonly close: () => Promise<void>;
}

/**
 * Passes bytes on to a port of this machine, and cuts the connection whenever so many of them passed in all: those of
 * requests, or of answers.
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
      // A cut is what this is for.
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
