const FLUSH_AFTER_MS = 1_000;
/** Some 20 kB: a log event may hold 256, but handing over a long one is a stall somebody's scan waits for. */
const FLUSH_AT_LINES = 100;

/** The line a request leaves. No query strings, addresses, tokens or names: ids, patterns and numbers. */
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

/** Written by hand, at a third of the price: only a route's pattern can hold what JSON escapes. */
const toJson = (l: AccessLine): string =>
  `{"level":"info","event":"request","at":${l.at},"id":"${l.id}","product":"${l.product}","method":"${l.method}","route":${JSON.stringify(l.route)},"status":${l.status},"ms":${l.ms},"d1":${l.d1},"durable":${l.durable}}`;

/**
 * One JSON line a request, written a second's worth at a time: handing a line to the runtime costs more than answering a
 * scan from memory does. What goes wrong is logged at once, elsewhere.
 */
export class AccessLog {
  private lines: string[] = [];
  /** Until when a timer is under way. A time and no flag: one that was cut off is missed for a second, not for ever. */
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
