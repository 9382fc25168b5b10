import { createHmac } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare, type V4WorkerOptions } from "miniflare";
import { unstable_getMiniflareWorkerOptions as workerOptionsOf } from "wrangler";
import { bundleWorker } from "../../scripts/lib/bundle.ts";
import { startOpenAiApi } from "../support/fakes/openai-api.ts";

const ROOT = join(import.meta.dirname, "../..");
const SECRET = "bench-secret-0123456789abcdef0123456789";
const HELLO = `export default { fetch() { return new Response("hello") } }`;
/** A durable object that forwards messages between hibernatable sockets without any checks. */
const BARE_ROOM = `
import { DurableObject } from "cloudflare:workers";
export class BareRoom extends DurableObject {
  fetch(request) {
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server, [new URL(request.url).searchParams.get("peer_id")]);
    return new Response(null, { status: 101, webSocket: client });
  }
  webSocketMessage(socket, data) {
    const message = JSON.parse(data);
    if (message.type === "join") return socket.send('{"type":"joined"}');
    for (const target of this.ctx.getWebSockets(message.to_peer_id))
      if (target.readyState === 1) target.send(JSON.stringify({ ...message, user_id: 1 }));
  }
}
export default { fetch: (request, { ROOM }) => ROOM.get(ROOM.idFromName("room")).fetch(request) }`;
/**
 * Calls a method of a meeting's room. Miniflare's own stubs are not used: an object that they called never
 * hibernates.
 */
const ROOM_CALLER = `
export default {
  async fetch(request, { ROOM }) {
    const { meetingId, method, calls } = await request.json();
    const room = ROOM.get(ROOM.idFromName("meeting:" + meetingId));
    for (const args of calls) await room[method](...args);
    return new Response();
  }
}`;

/** A worker that only writes and reads one object of a bucket. */
const BARE_BUCKET = `
export default {
  async fetch(request, { BUCKET }) {
    if (request.method === "PUT") {
      await BUCKET.put("file", request.body);
      return new Response();
    }
    return new Response((await BUCKET.get("file")).body);
  }
}`;

export interface BenchPlatform {
  /** The Worker on its own socket, so that requests do not pass through Miniflare. */
  readonly origin: string;
  /** A minimal worker in the same process, as the baseline of this machine. */
  readonly helloOrigin: string;
  /** A minimal room in the same process, as the baseline of a durable object. */
  readonly bareRoomOrigin: string;
  /** A minimal worker with a bucket in the same process, as the baseline of storage: PUT and GET of one object. */
  readonly bareBucketOrigin: string;
  /** POST `{meetingId, method, calls}` calls the room's method once for each list of arguments in `calls`. */
  readonly roomCallerOrigin: string;
  readonly apiKey: string;
  readonly miniflare: Miniflare;
  readonly database: D1Database;
  /** Settings that point to the fake OpenAI server. */
  readonly openai: Record<string, string>;
  /** Returns the resident memory of the workerd process in kilobytes. */
  readonly memoryKb: () => Promise<number>;
}

const VARS = {
  JWT_SECRET: SECRET,
  MUSICQR_SECRET_KEY: SECRET,
  CONFIG_KEY: SECRET,
  ADMIN_USERNAME: "admin",
  ADMIN_PASSWORD: "bench-password",
  // All requests come from one address, so the limits must not apply.
  VERIFY_INVALID_LIMIT: "1000000000",
  SORA_GENERAL_LIMIT: "1000000000",
  SORA_GENERATE_LIMIT: "1000000000",
  LOOPSPACE_FREE_LIMIT: "1000000000",
  LOOPSPACE_GUEST_LIMIT: "1000000000",
  STUDIO_FREE_CALLS: "1000000000",
  STUDIO_FREE_IMAGES: "1000000000",
  STUDIO_GUEST_CALLS: "1000000000",
};

/** The worker options without sources. wrangler's declarations have `unknown` here. */
type SourcelessOptions = Partial<V4WorkerOptions> & { modulesRules?: unknown; compatibilityDate: string };

/**
 * Starts an empty platform with all migrations applied. Its files are kept in memory if the system has `/dev/shm`: in
 * production D1 runs on another machine, but here each commit to disk would block the thread that also answers
 * requests.
 */
export const startPlatform = async (): Promise<BenchPlatform> => {
  if (existsSync("/dev/shm")) process.env.TMPDIR = "/dev/shm";
  const { workerOptions } = workerOptionsOf(join(ROOT, "wrangler.toml"));
  // With assets, a direct socket would lead to the assets router instead of the Worker that is measured.
  const { modulesRules: _, assets: __, ...options } = workerOptions as SourcelessOptions;
  const { vars: openai } = await startOpenAiApi();
  const direct = [{ host: "127.0.0.1", port: 0 }];
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      log: new Log(LogLevel.ERROR),
      cf: false,
      telemetry: { enabled: false },
      handleStructuredLogs: ({ level, message }) => {
        if (level === "error") console.error(message);
      },
      workers: [
        {
          ...options,
          name: "ensemble",
          modulesRoot: ROOT,
          modules: await bundleWorker(ROOT),
          bindings: { ...options.bindings, ...VARS, ...openai },
          unsafeDirectSockets: direct,
        },
        {
          name: "hello",
          modules: [{ type: "ESModule", path: "hello.mjs", contents: HELLO }],
          compatibilityDate: options.compatibilityDate,
          unsafeDirectSockets: direct,
        },
        {
          name: "bare-room",
          modules: [{ type: "ESModule", path: "room.mjs", contents: BARE_ROOM }],
          compatibilityDate: options.compatibilityDate,
          durableObjects: { ROOM: { className: "BareRoom", useSQLite: true } },
          unsafeDirectSockets: direct,
        },
        {
          name: "bare-bucket",
          modules: [{ type: "ESModule", path: "bucket.mjs", contents: BARE_BUCKET }],
          compatibilityDate: options.compatibilityDate,
          r2Buckets: { BUCKET: "bare" },
          unsafeDirectSockets: direct,
        },
        {
          name: "room-caller",
          modules: [{ type: "ESModule", path: "caller.mjs", contents: ROOM_CALLER }],
          compatibilityDate: options.compatibilityDate,
          durableObjects: { ROOM: { className: "MeetingRoom", scriptName: "ensemble", useSQLite: true } },
          unsafeDirectSockets: direct,
        },
      ],
    }),
  );
  await miniflare.ready;
  const database = (await miniflare.getD1Database("DB", "ensemble")) as unknown as D1Database;
  await migrate(database);
  const originOf = async (name: string) => (await miniflare.unsafeGetDirectURL(name)).origin;
  return {
    origin: await originOf("ensemble"),
    helloOrigin: await originOf("hello"),
    bareRoomOrigin: await originOf("bare-room"),
    bareBucketOrigin: await originOf("bare-bucket"),
    roomCallerOrigin: await originOf("room-caller"),
    miniflare,
    database,
    openai,
    apiKey: createHmac("sha256", SECRET).update("musicqr_api_salt_2024").digest("hex"),
    memoryKb: workerdMemoryKb,
  };
};

const migrate = async (database: D1Database): Promise<void> => {
  const folder = join(ROOT, "migrations");
  const journal = JSON.parse(await readFile(join(folder, "meta/_journal.json"), "utf8"));
  for (const { tag } of journal.entries as { tag: string }[]) {
    const sql = await readFile(join(folder, `${tag}.sql`), "utf8");
    for (const statement of sql.split("--> statement-breakpoint")) await database.prepare(statement).run();
  }
};

/** Returns the resident memory (kilobytes) of the workerd processes that this process started. */
const workerdMemoryKb = async (): Promise<number> => {
  const { execFileSync } = await import("node:child_process");
  const table = execFileSync("ps", ["-eo", "ppid,rss,comm"]).toString().trim().split("\n").slice(1);
  return table
    .map((line) => line.trim().split(/\s+/))
    .filter(([parent, , command]) => Number(parent) === process.pid && command?.includes("workerd"))
    .reduce((sum, [, rss]) => sum + Number(rss), 0);
};
