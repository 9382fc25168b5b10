/**
 * Benchmark of the generation engine: duration of a submit, time that the engine adds to the provider's own time, and
 * delivery of events to many watchers of one task.
 */
const SUBMITS = 200;
const COMPLETIONS = 20;
const WATCHERS = 200;
const PASSWORD = "bench password of some length";

interface Figure {
  readonly what: string;
  readonly figure: string;
  readonly goal: string;
}

interface Account {
  readonly origin: string;
  readonly token: string;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const post = (origin: string, path: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(origin + path, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });

const newAccount = async (origin: string): Promise<Account> => {
  const identity = { email: "bench@example.com", username: "bench", password: PASSWORD };
  const answer = await post(origin, "/api/auth/register", identity);
  const { accessToken: token } = (await answer.json()) as { accessToken: string };
  const recharge = { credits: 100_000, paymentMethod: "ALIPAY" };
  await post(origin, "/api/credits/recharge", recharge, { authorization: `Bearer ${token}` });
  return { origin, token };
};

const asked = (
  { origin, token }: Account,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
) => post(origin, path, body, { authorization: `Bearer ${token}`, ...headers });

/** Submits one task after another and cancels each at once, because only the submit is measured. */
const benchSubmit = async (account: Account): Promise<Figure[]> => {
  const times: number[] = [];
  let statements = "";
  for (let i = 0; i < SUBMITS; i++) {
    const from = performance.now();
    const answer = await asked(account, "/api/videos/generate", { prompt: "bench", duration: 1 });
    times.push(performance.now() - from);
    const { id } = (await answer.json()) as { id: string };
    statements = /d1;desc="(\d+)"/.exec(answer.headers.get("server-timing") ?? "")?.[1] ?? "?";
    await asked(account, `/api/videos/${id}/cancel`, {});
  }
  return [
    { what: "submit a generation, p50", figure: `${median(times).toFixed(1)} ms`, goal: "" },
    { what: "  D1 round trips (authentication, then one transaction)", figure: statements, goal: "2" },
  ];
};

/**
 * Measures from submit to the end of the stream. It includes the time in which the sandbox makes a second of video.
 */
const benchCompletion = async (account: Account): Promise<Figure[]> => {
  const times: number[] = [];
  for (let i = 0; i < COMPLETIONS; i++) {
    const from = performance.now();
    await (await asked(account, "/api/videos/generate-stream", { prompt: `bench ${i}`, duration: 1 })).text();
    times.push(performance.now() - from);
  }
  return [
    {
      what: "submit to completed, including the generation of one second of video, p50",
      figure: `${median(times).toFixed(0)} ms`,
      goal: "<= 500 ms",
    },
  ];
};

/** All watchers send the same request with the same Idempotency-Key, so all watch one task. */
const benchFanOut = async (account: Account): Promise<Figure[]> => {
  const body = { prompt: "watched by many", duration: 10, hd: true };
  const watch = async () => {
    const answer = await asked(account, "/api/videos/generate-stream", body, {
      "idempotency-key": "fan-out",
    });
    const text = await answer.text();
    return {
      endedAt: performance.now(),
      events: text.split("data: ").length - 1,
      completed: text.includes("COMPLETED"),
    };
  };
  const first = watch();
  await pause(200);
  const watchers = await Promise.all([first, ...Array.from({ length: WATCHERS - 1 }, watch)]);
  const ends = watchers.map(({ endedAt }) => endedAt);
  const completed = watchers.filter((watcher) => watcher.completed).length;
  return [
    {
      what: `one video, ${WATCHERS} watchers: received the final event`,
      figure: `${completed}, the last ${(Math.max(...ends) - Math.min(...ends)).toFixed(0)} ms after the first`,
      goal: String(WATCHERS),
    },
    {
      what: "  events per watcher, p50",
      figure: String(median(watchers.map(({ events }) => events))),
      goal: "",
    },
  ];
};

export const benchGeneration = async (origin: string): Promise<Figure[]> => {
  const account = await newAccount(origin);
  const submit = await benchSubmit(account);
  await pause(3_000);
  return [...submit, ...(await benchCompletion(account)), ...(await benchFanOut(account))];
};
