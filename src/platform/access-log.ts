const FLUSH_AFTER_MS = 1_000;
/** Well below what one log event may hold (256 kB). */
const FLUSH_AT_LINES = 500;

/** The line a request leaves. No query strings, addresses, tokens or names: ids, patterns and numbers. */
export interface AccessLine {
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
 * One JSON line a request, written a second's worth at a time: handing a line to the runtime costs more than answering a
 * scan from memory does. What goes wrong is logged at once, elsewhere.
 */
export class AccessLog {
  private lines: string[] = [];

  add(line: AccessLine, now: number, defer: (work: Promise<unknown>) => void): void {
    this.lines.push(JSON.stringify({ level: "info", event: "request", at: now, ...line }));
    if (this.lines.length === 1)
      defer(new Promise((resolve) => setTimeout(resolve, FLUSH_AFTER_MS)).then(() => this.flush()));
    else if (this.lines.length >= FLUSH_AT_LINES) this.flush();
  }

  flush(): void {
    if (this.lines.length === 0) return;
    const lines = this.lines;
    this.lines = [];
    console.log(lines.join("\n"));
  }
}
