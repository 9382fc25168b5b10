/** A process of its own for the load: in Miniflare's it would wait behind Miniflare reading the Worker's log. */
import autocannon from "autocannon";
import type { Load, LoadOptions } from "./load.ts";

process.once("message", async (options: LoadOptions) => {
  const shuffled = options.paths.toSorted(() => Math.random() - 0.5);
  const { requests, latency, non2xx } = await autocannon({
    url: options.origin,
    connections: options.connections,
    duration: options.seconds,
    requests: shuffled.map((path) => ({ path })),
  });
  const load: Load = { requestsPerSecond: requests.average, p50Ms: latency.p50, p99Ms: latency.p99, non2xx };
  process.send?.(load);
  process.disconnect();
});
