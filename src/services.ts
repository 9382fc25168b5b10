import {
  CodeDirectory,
  type ScanBatch,
  Verifier,
  type VerifierDependencies,
  VerifierMemory,
} from "./core/codes/index.ts";
import { AdminSessions } from "./core/identity/index.ts";
import { AddressBuckets, type RateDecision, type RateLimit } from "./core/limits/index.ts";
import { MINUTE_MS, systemClock } from "./lib/clock.ts";
import { hmacSha256Hex } from "./lib/secrets.ts";
import { type AccessLine, AccessLog } from "./platform/access-log.ts";
import type { Env } from "./platform/bindings.ts";
import { type Database, nearest, primary } from "./platform/db/client.ts";
import { log } from "./platform/logger.ts";
import type { Meter } from "./platform/meter.ts";
import { type Settings, settingsOf } from "./platform/settings.ts";

/** Fixed by the MusicQR document: clients compute their key from it. */
const MUSICQR_API_SALT = "musicqr_api_salt_2024";

/** A send takes 256 kB; a message of scans is at most 100 kB. */
const MESSAGES_A_SEND = 2;

/** What an isolate keeps between requests: caches and buffers, never the truth. */
interface Isolate {
  readonly settings: Settings;
  readonly verifier: VerifierMemory;
  readonly guesses: AddressBuckets;
  readonly accessLog: AccessLog;
  apiKey?: string;
}

const isolates = new WeakMap<Env, Isolate>();

const isolateOf = (env: Env): Isolate => {
  let isolate = isolates.get(env);
  if (!isolate) {
    const settings = settingsOf(env);
    isolate = {
      settings,
      verifier: new VerifierMemory(),
      guesses: new AddressBuckets(settings.VERIFY_INVALID_LIMIT, MINUTE_MS),
      accessLog: new AccessLog(),
    };
    isolates.set(env, isolate);
  }
  return isolate;
};

/** What the verifier asks of the platform. A class and not closures: one is made for every scan. */
class VerifierPorts implements VerifierDependencies {
  constructor(
    readonly memory: VerifierMemory,
    private readonly env: Env,
    private readonly ctx: Pick<ExecutionContext, "waitUntil">,
    private readonly meter: Meter,
  ) {}

  clock(): number {
    return Date.now();
  }

  nearest(): Database {
    return nearest(this.env.DB, this.meter);
  }

  primary(): Database {
    return primary(this.env.DB, this.meter);
  }

  async send(batches: readonly ScanBatch[]): Promise<void> {
    for (let i = 0; i < batches.length; i += MESSAGES_A_SEND) {
      const part = batches.slice(i, i + MESSAGES_A_SEND);
      await this.env.SCANS.sendBatch(part.map((body) => ({ body, contentType: "json" })));
    }
  }

  defer(work: Promise<unknown>): void {
    this.ctx.waitUntil(work);
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, ms));
  }

  report(event: string, fields: { readonly scans: number }): void {
    log("error", event, fields);
  }
}

/**
 * The services of one request, each made when it is first asked for: a request that is answered from memory builds
 * nothing that talks to storage.
 */
export class Services {
  private readonly isolate: Isolate;
  private madeVerifier: Verifier | undefined;

  constructor(
    private readonly env: Env,
    private readonly ctx: Pick<ExecutionContext, "waitUntil">,
    private readonly meter: Meter,
  ) {
    this.isolate = isolateOf(env);
  }

  get settings(): Settings {
    return this.isolate.settings;
  }

  get db(): Database {
    return primary(this.env.DB, this.meter);
  }

  get verifier(): Verifier {
    this.madeVerifier ??= new Verifier(
      new VerifierPorts(this.isolate.verifier, this.env, this.ctx, this.meter),
    );
    return this.madeVerifier;
  }

  get directory(): CodeDirectory {
    return new CodeDirectory(this.db, systemClock, (work) => this.ctx.waitUntil(work));
  }

  get adminSessions(): AdminSessions {
    const { ADMIN_USERNAME: username, ADMIN_PASSWORD: password, JWT_SECRET: tagSecret } = this.settings;
    return new AdminSessions(this.db, { username, password, tagSecret }, systemClock);
  }

  /** Slows down who asks for codes that do not exist. */
  get guesses(): AddressBuckets {
    return this.isolate.guesses;
  }

  /** The key MusicQR clients derive from the shared secret. */
  async musicqrApiKey(): Promise<string> {
    this.isolate.apiKey ??= await hmacSha256Hex(this.settings.MUSICQR_SECRET_KEY, MUSICQR_API_SALT);
    return this.isolate.apiKey;
  }

  /** One call for all limits of a key. `key` is `<kind>:<value>`. */
  async takeFromLimits(key: string, limits: readonly RateLimit[]): Promise<RateDecision> {
    this.meter.durable++;
    return this.limiter(key).take(limits);
  }

  async resetLimits(key: string): Promise<void> {
    this.meter.durable++;
    await this.limiter(key).reset();
  }

  logAccess(line: AccessLine, now: number): void {
    this.isolate.accessLog.add(line, now, this.ctx);
  }

  /** Throws where a part of the platform does not answer. */
  async probe(): Promise<void> {
    this.meter.d1++;
    this.meter.durable++;
    await Promise.all([
      this.env.DB.prepare("SELECT 1").first(),
      this.env.MEDIA.head("health"),
      this.limiter("health:probe").ping(),
    ]);
  }

  private limiter(key: string) {
    return this.env.RATE_LIMITER.get(this.env.RATE_LIMITER.idFromName(key));
  }
}
