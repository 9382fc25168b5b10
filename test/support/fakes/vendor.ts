/**
 * What the fakes of the video vendors share. The prompt says what happens: `moderated`, `moderated-later`, `busy`,
 * `overloaded`, `unreachable`, `broken`, `unpaid`, `slow`, `reset`, `garbled`, `failing`, `never`, `truncated`, `gone`, `wrong-type`; anything
 * else succeeds at the third look, with `instant` at the first.
 */
import type { FakeAnswer } from "./http.ts";

/** The smallest thing that begins as a WebM does. The same bytes each time. */
export const MEDIA = Buffer.concat([Buffer.from([0x1a, 0x45, 0xdf, 0xa3]), Buffer.alloc(60_000, 7)]);
export const THUMBNAIL = Buffer.concat([Buffer.from("RIFF\u0010\0\0\0WEBPVP8 "), Buffer.alloc(40, 1)]);

export interface Job {
  readonly id: string;
  readonly prompt: string;
  readonly request: unknown;
  looks: number;
  cancelled: boolean;
}

export type Phase = "queued" | "running" | "done" | "failed" | "moderated" | "cancelled";

/** Jobs of a vendor, what it was asked, and what of it was not as documented. */
export class Jobs {
  readonly all = new Map<string, Job>();

  constructor(private readonly prefix: string) {}

  create(prompt: string, request: unknown): Job {
    const job = { id: `${this.prefix}${this.all.size + 1}`, prompt, request, looks: 0, cancelled: false };
    this.all.set(job.id, job);
    return job;
  }

  look(job: Job): Phase {
    job.looks++;
    if (job.cancelled) return "cancelled";
    const says = (word: string) => new RegExp(`\\b${word}\\b`).test(job.prompt);
    if (says("never")) return "running";
    if (job.looks < 3 && !says("instant")) return job.looks === 1 ? "queued" : "running";
    if (says("moderated-later")) return "moderated";
    return says("failing") ? "failed" : "done";
  }

  /** For tests: the jobs whose prompt holds a text. */
  told(text: string): FakeAnswer {
    return { body: [...this.all.values()].filter(({ prompt }) => prompt.includes(text)) };
  }
}

/** What happens to a create beside success; undefined where it succeeds. "hang" and "reset" never answer. */
export const troubleOf = (
  prompt: string,
):
  | "busy"
  | "overloaded"
  | "unreachable"
  | "broken"
  | "unpaid"
  | "moderated"
  | "hang"
  | "reset"
  | "garbled"
  | undefined => {
  const words: Record<string, ReturnType<typeof troubleOf>> = {
    busy: "busy",
    overloaded: "overloaded",
    unreachable: "unreachable",
    broken: "broken",
    unpaid: "unpaid",
    moderated: "moderated",
    slow: "hang",
    reset: "reset",
    garbled: "garbled",
  };
  for (const [word, trouble] of Object.entries(words))
    if (new RegExp(`(^| )${word}( |$)`).test(prompt)) return trouble;
  return undefined;
};

/** The answers every vendor gives alike, but for the shape of their body. */
export const troubled = (
  trouble: NonNullable<ReturnType<typeof troubleOf>>,
  shape: (message: string) => object,
  moderation: FakeAnswer,
  reset: () => void,
): FakeAnswer | undefined => {
  switch (trouble) {
    case "busy":
      return { status: 429, headers: { "retry-after": "7" }, body: shape("slow down") };
    case "overloaded":
      return { status: 503, body: shape("overloaded") };
    case "unreachable":
      return { status: 523, body: "error code: 523" };
    case "broken":
      return { status: 500, body: shape("internal error") };
    case "unpaid":
      return { status: 402, body: shape("no credit left") };
    case "garbled":
      return { status: 200, body: "<html>hello</html>" };
    case "moderated":
      return moderation;
    case "reset":
      reset();
      return undefined;
    case "hang":
      return undefined;
  }
};

/** The file of a finished job, as its prompt says. */
export const mediaAnswer = (prompt: string): FakeAnswer => {
  if (prompt.includes("gone")) return { status: 404 };
  if (prompt.includes("wrong-type")) return { headers: { "content-type": "text/html" }, body: "<script>" };
  return { headers: { "content-type": "video/webm", "content-length": String(MEDIA.length) }, body: MEDIA };
};

/** Says how long the file is and sends half of it. */
export const sendTruncated = (response: import("node:http").ServerResponse): undefined => {
  response.writeHead(200, { "content-type": "video/webm", "content-length": String(MEDIA.length) });
  response.write(MEDIA.subarray(0, MEDIA.length / 2), () => response.destroy());
};

export const must = (holds: unknown, what: string): void => {
  if (!holds) throw new Error(`not as documented: ${what}`);
};
