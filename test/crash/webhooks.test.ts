/**
 * Webhooks and a power cut: the server and its workerd are killed while they deliver events, and restarted on the
 * same state. `FOLLOWERS` extends the test.
 */
import { expect, it } from "vitest";
import { startWebhookReceiver } from "../support/fakes/webhook-receiver.ts";
import { startServer, type TestServer } from "../support/server.ts";

const FOLLOWERS = Number(process.env.FOLLOWERS ?? 30);
/**
 * Limit in ms from the last start until the last delivery: a lease, the grace period of the webhook sweep, and two
 * cron runs.
 */
const SETTLED_MS = 240_000;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const call = async <T>(server: TestServer, path: string, body: unknown, token?: string): Promise<T> => {
  const headers = {
    "content-type": "application/json",
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  const answer = await fetch(server.origin + path, { method: "POST", headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as T;
};

interface Account {
  readonly user: { readonly id: string };
  readonly accessToken: string;
}

const newAccount = (server: TestServer, username: string): Promise<Account> => {
  const identity = { username, email: `${username}@example.com`, password: "correct horse battery staple" };
  return call(server, "/api/auth/register", identity);
};

it("delivers every event from before a power cut, each under one id", {
  timeout: 600_000,
}, async () => {
  const receiver = await startWebhookReceiver();
  const vars = {
    SORA_REGISTER_LIMIT: "1000",
    REGISTER_NETWORK_LIMIT: "1000",
    LOOPSPACE_FREE_LIMIT: "100000",
  };
  let server = await startServer({ vars });
  const star = await newAccount(server, "star");
  const fans = [];
  for (let i = 0; i < FOLLOWERS; i++) fans.push(await newAccount(server, `fan${i}`));
  const wanted = { url: `${receiver.origin}/hooks/crash`, events: ["user.followed"] };
  await call(server, "/api/v1/developer/webhooks", wanted, star.accessToken);
  // The answers are slow enough for the power cut to interrupt deliveries.
  await fetch(`${receiver.origin}/__answers/crash`, { method: "POST", body: '[{"delayMs":400}]' });

  const path = `/api/v1/users/user_${star.user.id.replaceAll("-", "")}/follow`;
  const happened: string[] = [];
  const following = Promise.allSettled(
    fans.map(async (fan, i) => {
      await pause(i * 50);
      await call(server, path, {}, fan.accessToken);
      happened.push(`fan${i}`);
    }),
  );
  await pause(FOLLOWERS * 25);
  await server.kill();
  await following;
  expect(happened.length).toBeGreaterThan(0);
  server = await startServer({ vars, stateDir: server.stateDir });

  const told = async () => {
    const answer = await fetch(`${receiver.origin}/__received/crash`);
    const received = (await answer.json()) as { body: string }[];
    return received.map(
      ({ body }) => JSON.parse(body) as { id: string; data: { follower: { username: string } } },
    );
  };
  const isTold = async () => {
    const names = new Set((await told()).map(({ data }) => data.follower.username));
    return happened.every((name) => names.has(name));
  };
  for (const end = Date.now() + SETTLED_MS; !(await isTold()) && Date.now() < end; ) await pause(1_000);
  expect(await isTold()).toBe(true);
  const ids = new Map<string, Set<string>>();
  for (const { id, data } of await told()) {
    const name = data.follower.username;
    ids.set(name, (ids.get(name) ?? new Set()).add(id));
  }
  expect([...ids.values()].every(({ size }) => size === 1)).toBe(true);
  console.log(
    `${happened.length} follows before the cut, ${(await told()).length} deliveries of ${ids.size}`,
  );
  await server.stop();
});
