/**
 * Benchmark of the studio: pages of a large square, delivery of events to many sockets, and the latency that the
 * assistant adds to its provider.
 */

import { primary } from "../../src/platform/db/client.ts";
import { newMeter } from "../../src/platform/meter.ts";
import { Square } from "../../src/products/studio/domain/square/index.ts";
import type { BenchPlatform } from "./platform.ts";
import { openProgressSockets } from "./progress-sockets.ts";
import { benchWatchers } from "./watchers.ts";

const POSTS = 100_000;
const POSTS_A_STATEMENT = 5_000;
const CALLS = 60;
const SOCKETS = 20;
const CHATS = 30;

interface Figure {
  readonly what: string;
  readonly figure: string;
  readonly goal: string;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

type Call = (path: string, body?: object) => Promise<Response>;

const newAccount = async ({ origin }: BenchPlatform): Promise<{ call: Call; token: string }> => {
  let token = "";
  const call: Call = (path, body) =>
    fetch(`${origin}/api/v1${path}`, {
      method: body ? "POST" : "GET",
      headers: { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) },
      ...(body && { body: JSON.stringify(body) }),
    });
  const identity = { username: "painter", email: "painter@example.com", password: "bench password" };
  const answer = await call("/auth/register", identity);
  token = ((await answer.json()) as { data: { token: string } }).data.token;
  return { call, token };
};

/** Inserts published works with invented numbers of likes directly into the database. */
const seed = async ({ database }: BenchPlatform): Promise<void> => {
  const now = Date.now();
  for (let done = 0; done < POSTS; done += POSTS_A_STATEMENT) {
    const rows = Array.from({ length: POSTS_A_STATEMENT }, (_, i) => {
      const publishedAt = now - (done + i) * 20_000;
      const likes = (done + i) % 97;
      return [crypto.randomUUID(), publishedAt, likes, Math.log2(1 + 3 * likes) + publishedAt / 86_400_000];
    });
    await database
      .prepare(
        `INSERT INTO square_posts
          (work_id, user_id, kind, description, media_type, has_thumbnail, files, published_at, likes, score)
         SELECT value->>0, (SELECT max(id) FROM users), iif(key % 2, 'video', 'image'), 'a work among many', 'image/png',
           1, 1, value->>1, value->>2, value->>3
         FROM json_each(?)`,
      )
      .bind(JSON.stringify(rows))
      .run();
  }
};

/** Returns the number of rows that D1 reports to have read for a page. */
const rowsRead = async ({ database }: BenchPlatform, viewer: number | undefined): Promise<number> => {
  let rows = 0;
  const counting = {
    prepare: (query: string) => database.prepare(query),
    batch: async (statements: D1PreparedStatement[]) => {
      const results = await database.batch(statements);
      rows = results.reduce((sum, { meta }) => sum + (meta.rows_read ?? 0), 0);
      return results;
    },
  } as unknown as D1Database;
  const square = new Square(primary(counting, newMeter()), () => Date.now());
  await square.feed({ order: "hot", limit: 20, from: { offset: 0 } }, viewer);
  return rows;
};

const benchFeeds = async (platform: BenchPlatform, call: Call): Promise<Figure[]> => {
  await seed(platform);
  const time = async (query: string): Promise<number> => {
    const times: number[] = [];
    for (let i = 0; i < CALLS; i++) {
      const from = performance.now();
      const answer = await fetch(`${platform.origin}/api/v1/square/feeds?${query}`);
      await answer.arrayBuffer();
      if (!answer.ok) throw new Error(`${query}: ${answer.status}`);
      times.push(performance.now() - from);
    }
    return median(times);
  };
  const bare: number[] = [];
  for (let i = 0; i < CALLS; i++) {
    const from = performance.now();
    await (await fetch(platform.helloOrigin)).arrayBuffer();
    bare.push(performance.now() - from);
  }
  const hot = await time("sort=hot");
  const second = await call("/square/feeds?sort=hot&page=500");
  const { data } = (await second.json()) as { data: { nextCursor: string } };
  const deep = await time(`sort=hot&cursor=${data.nextCursor}`);
  return [
    {
      what: `square of ${POSTS}: a hot page of 20, p50`,
      figure: `${hot.toFixed(1)} ms, ${(hot / median(bare)).toFixed(0)}x a bare worker`,
      goal: "",
    },
    {
      what: "  D1 rows read for it: as a guest, as a signed-in user",
      figure: `${await rowsRead(platform, undefined)}, ${await rowsRead(platform, 1)}`,
      goal: "independent of the table's size",
    },
    {
      what: "  page by cursor after 10,000 items, compared with the first page",
      figure: `${(deep / hot).toFixed(1)}x`,
      goal: "<= 1.5x",
    },
  ];
};

/** Measures for one user with many sockets how far apart the sockets receive the completion of an image. */
const benchSockets = async ({ origin }: BenchPlatform, call: Call, token: string): Promise<Figure[]> => {
  const sockets = await openProgressSockets(origin, token, SOCKETS);
  const spreads: number[] = [];
  for (let round = 0; round < 10; round++) {
    const completions = sockets.map(
      (socket) =>
        new Promise<number>((resolve) => {
          socket.removeAllListeners();
          socket.on("message", (data) => {
            if (String(data).includes("task_complete")) resolve(performance.now());
          });
        }),
    );
    const answer = await call("/generate/text-to-image", { prompt: `bench ${round}`, width: 64, height: 64 });
    if (!answer.ok) throw new Error(await answer.text());
    const times = await Promise.all(completions);
    spreads.push(Math.max(...times) - Math.min(...times));
  }
  for (const socket of sockets) socket.close();
  return [
    {
      what: `a user with ${SOCKETS} sockets: delay between the first and the last event, p50`,
      figure: `${median(spreads).toFixed(1)} ms`,
      goal: "",
    },
  ];
};

/** Returns the milliseconds until the first piece of an answer that contains text, then reads the rest. */
const untilFirst = async (answer: Response, from: number, isPiece: (text: string) => boolean) => {
  const reader = answer.body?.getReader();
  let text = "";
  for (;;) {
    const part = await reader?.read();
    if (!part || part.done) throw new Error(`the answer contains no text: ${text}`);
    text += Buffer.from(part.value).toString();
    if (isPiece(text)) break;
  }
  const ms = performance.now() - from;
  while (!(await reader?.read())?.done);
  return ms;
};

const benchAssistant = async ({ openai }: BenchPlatform, call: Call): Promise<Figure[]> => {
  const own: number[] = [];
  const ours: number[] = [];
  for (let i = 0; i < CHATS; i++) {
    let from = performance.now();
    const direct = await fetch(`${openai.OPENAI_API_URL}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${openai.OPENAI_API_KEY}` },
      body: JSON.stringify({
        stream: true,
        messages: [
          { role: "system", content: "" },
          { role: "user", content: "hello" },
        ],
      }),
    });
    own.push(await untilFirst(direct, from, (text) => text.includes("你")));
    from = performance.now();
    const chat = await call("/assistant/chat", { message: "hello" });
    ours.push(await untilFirst(chat, from, (text) => text.includes('"token"')));
  }
  return [
    {
      what: "the assistant's first token: latency above the provider's, p50",
      figure: `${(median(ours) - median(own)).toFixed(1)} ms (${median(own).toFixed(1)} → ${median(ours).toFixed(1)})`,
      goal: "",
    },
  ];
};

export const benchStudio = async (platform: BenchPlatform): Promise<Figure[]> => {
  const { call, token } = await newAccount(platform);
  return [
    ...(await benchAssistant(platform, call)),
    ...(await benchSockets(platform, call, token)),
    ...(await benchWatchers(platform, token, (prompt) =>
      call("/generate/text-to-image", { prompt, width: 64, height: 64 }),
    )),
    ...(await benchFeeds(platform, call)),
  ];
};
