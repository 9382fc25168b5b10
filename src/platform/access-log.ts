const FLUSH_AFTER_MS = 1_000;
/**
 * About 20 kB. A log event may have 256 kB, but writing a long one would delay the requests that are being answered.
 */
const FLUSH_AT_LINES = 100;

/**
 * The access log entry of a request. It holds only ids, route patterns and numbers; never a query string, an address,
 * a token or a name.
 */
export interface AccessLine {
  /** ms UTC */
  readonly at: number;
  readonly id: string;
  readonly product: string;
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly ms: number;
  readonly d1: number;
  readonly durable: number;
}

/**
 * Builds the JSON by hand, which costs a third of `JSON.stringify`. Only the route pattern can contain characters
 * that JSON escapes.
 */
const toJson = (l: AccessLine): string =>
  `{"level":"info","event":"request","at":${l.at},"id":"${l.id}","product":"${l.product}","method":"${l.method}","route":${JSON.stringify(l.route)},"status":${l.status},"ms":${l.ms},"d1":${l.d1},"durable":${l.durable}}`;

/**
 * Writes one JSON line for each request, buffered for up to a second, because a call of `console.log` costs more than
 * a code verification from memory. Errors are logged immediately, elsewhere.
 */
export class AccessLog {
  private lines: string[] = [];
  /**
   * Until when the current timer runs. A time instead of a flag: if the runtime cancels the timer, flushing resumes
   * after a second instead of never.
   */
  private timedUntil = 0;

  add(line: AccessLine, now: number, ctx: Pick<ExecutionContext, "waitUntil">): void {
    this.lines.push(toJson(line));
    if (this.lines.length >= FLUSH_AT_LINES) this.flush();
    else if (now >= this.timedUntil) {
      this.timedUntil = now + FLUSH_AFTER_MS;
      ctx.waitUntil(new Promise((resolve) => setTimeout(resolve, FLUSH_AFTER_MS)).then(() => this.flush()));
    }
  }

  private flush(): void {
    if (this.lines.length === 0) return;
    const text = this.lines.join("\n");
    this.lines = [];
    console.log(text);
  }
}
