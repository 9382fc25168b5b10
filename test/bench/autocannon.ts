/**
 * Runs the load in a separate process, because in Miniflare's process it would wait while Miniflare reads the logs.
 */
import autocannon from "autocannon";
import type { Load, LoadOptions } from "./load.ts";

const shuffled = <T>(values: readonly T[]): T[] => {
  const order = [...values];
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [order[i], order[j]] = [order[j] as T, order[i] as T];
  }
  return order;
};

process.once("message", async (options: LoadOptions) => {
  const requests = options.paths.map((path) => ({ path }));
  const result = await autocannon({
    url: options.origin,
    connections: options.connections,
    duration: options.seconds,
    // Each connection gets its own order of requests. With a common order all would request the same few codes
    // together.
    setupClient: (client) => client.setRequests(shuffled(requests)),
  });
  const load: Load = {
    requestsPerSecond: result.requests.average,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
    non2xx: result.non2xx,
  };
  process.send?.(load);
  process.disconnect();
});
