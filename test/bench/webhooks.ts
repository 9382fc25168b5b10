/**
 * Measures webhook deliveries per second to a receiver on loopback, alone and beside a receiver that never answers.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { BenchPlatform } from "./platform.ts";

const DELIVERIES = 2_000;
const STUCK = 200;
const PATIENCE_MS = 120_000;

interface Figure {
  readonly what: string;
  readonly figure: string;
  readonly goal: string;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Starts a receiver that records the arrival times and answers 200. Under `/stuck` it never answers. */
const startReceiver = async () => {
  const arrivals: number[] = [];
  const server = createServer(async (request, response) => {
    for await (const _ of request);
    if (request.url === "/stuck") return;
    arrivals.push(performance.now());
    response.end("OK");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  server.unref();
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { origin, arrivals, stop: () => server.closeAllConnections() };
};

const post = async <T>(
  { origin }: BenchPlatform,
  path: string,
  body: unknown,
  token?: string,
): Promise<T> => {
  const headers = {
    "content-type": "application/json",
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  const answer = await fetch(origin + path, { method: "POST", headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as T;
};

export const benchWebhooks = async (platform: BenchPlatform): Promise<Figure[]> => {
  const receiver = await startReceiver();
  const identity = {
    email: "hooks@example.com",
    username: "hooks",
    password: "bench password of some length",
  };
  const { accessToken } = await post<{ accessToken: string }>(platform, "/api/auth/register", identity);
  const path = "/api/v1/developer/webhooks";

  /** Creates an endpoint with failed deliveries, as after an outage of its receiver. */
  const failedAt = async (url: string, count: number): Promise<string> => {
    const { id } = await post<{ id: string }>(platform, path, { url, events: ["order.paid"] }, accessToken);
    const numbers = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)`;
    await platform.database.batch([
      platform.database
        .prepare(
          `${numbers} INSERT INTO webhook_events (id, user_id, environment, type, body, created_at)
           SELECT ?1 || i, u.id, 'live', 'order.paid',
             json_object('id', ?1 || i, 'type', 'order.paid', 'data', json_object('credits', i)), ?3
           FROM n, users AS u WHERE u.username = 'hooks'`,
        )
        .bind(`evt_${id}_`, count, Date.now()),
      platform.database
        .prepare(
          `${numbers} INSERT INTO webhook_deliveries (id, event_id, endpoint_id, status, created_at)
           SELECT 'dlv_' || ?1 || i, 'evt_' || ?1 || '_' || i, ?1, 'failed', ?3 FROM n`,
        )
        .bind(id, count, Date.now()),
    ]);
    return id;
  };
  const recover = (id: string) =>
    post(platform, `${path}/${id}/recover`, { since: "2020-01-01T00:00:00Z" }, accessToken);

  /** Recovers the deliveries of an endpoint and returns their rate, from the first to the last arrival. */
  const perSecond = async (id: string): Promise<string> => {
    receiver.arrivals.length = 0;
    await recover(id);
    const end = Date.now() + PATIENCE_MS;
    while (receiver.arrivals.length < DELIVERIES && Date.now() < end) await pause(50);
    const [first = 0] = receiver.arrivals;
    const took = (receiver.arrivals.at(-1) ?? first) - first;
    const missing = DELIVERIES - receiver.arrivals.length;
    return `${((receiver.arrivals.length / took) * 1_000).toFixed(0)}/s${missing > 0 ? `, ${missing} missing` : ""}`;
  };

  try {
    const alone = await perSecond(await failedAt(`${receiver.origin}/quick`, DELIVERIES));
    const stuck = await failedAt(`${receiver.origin}/stuck`, STUCK);
    const quick = await failedAt(`${receiver.origin}/quick`, DELIVERIES);
    await recover(stuck);
    const beside = await perSecond(quick);
    return [
      { what: "webhook deliveries to a receiver on loopback", figure: alone, goal: "" },
      {
        what: `  while ${STUCK} deliveries wait for a receiver that never answers`,
        figure: beside,
        goal: "",
      },
    ];
  } finally {
    receiver.stop();
  }
};
