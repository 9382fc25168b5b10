/**
 * The shared part of the fakes of the video vendors. Words in the prompt select the behaviour: `moderated`,
 * `moderated-later`, `busy`, `overloaded`, `unreachable`, `broken`, `unpaid`, `slow`, `reset`, `garbled`, `failing`,
 * `never`, `truncated`, `gone`, `wrong-type`, `empty`, `half`, `half-once`, `other-kind`. Any other job succeeds at
 * the third poll, and with `instant` at the first.
 */
import type { FakeAnswer } from "./http.ts";

/** Returns a Matroska element with a length field of eight bytes. */
const element = (id: number[], content: Buffer): Buffer => {
  const length = Buffer.alloc(8);
  length.writeBigUInt64BE(BigInt(content.length));
  length[0] = 1;
  return Buffer.concat([Buffer.from(id), length, content]);
};

/** The structure of a WebM around bytes that are not decodable frames. It is the same in each run. */
export const MEDIA = Buffer.concat([
  element([0x1a, 0x45, 0xdf, 0xa3], Buffer.from([0x42, 0x82, 0x84, 0x77, 0x65, 0x62, 0x6d])),
  element(
    [0x18, 0x53, 0x80, 0x67],
    Buffer.concat([
      element([0x16, 0x54, 0xae, 0x6b], Buffer.alloc(20, 7)),
      element([0x1f, 0x43, 0xb6, 0x75], Buffer.alloc(59_929, 7)),
    ]),
  ),
]);
/** A WebP of 8 x 8 with a frame that ends inside its chunk. */
export const THUMBNAIL = Buffer.concat([
  Buffer.from("RIFF\u0020\0\0\0WEBPVP8 \u0014\0\0\0\0\0\0"),
  Buffer.from([0x9d, 0x01, 0x2a, 8, 0, 8, 0]),
  Buffer.alloc(10, 1),
]);

export interface Job {
  readonly id: string;
  readonly prompt: string;
  readonly request: unknown;
  looks: number;
  cancelled: boolean;
}

export type Phase = "queued" | "running" | "done" | "failed" | "moderated" | "cancelled";

/** The jobs of a fake vendor, with the requests that created them. */
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

  /** Returns the jobs with a text in their prompt, for tests. */
  told(text: string): FakeAnswer {
    return { body: [...this.all.values()].filter(({ prompt }) => prompt.includes(text)) };
  }
}

/**
 * Returns the failure that the prompt selects for the request that creates a job; undefined when it succeeds. "hang"
 * and "reset" never answer.
 */
export const failureOf = (
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
  const words: Record<string, ReturnType<typeof failureOf>> = {
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

/** Returns the failure answers that all vendors share; only the shape of the body differs. */
export const failureAnswer = (
  trouble: NonNullable<ReturnType<typeof failureOf>>,
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

/** Returns the file of a finished job that the prompt selects. */
export const mediaAnswer = (prompt: string): FakeAnswer => {
  if (prompt.includes("gone")) return { status: 404 };
  if (prompt.includes("wrong-type")) return { headers: { "content-type": "text/html" }, body: "<script>" };
  return videoAnswer(flawedOf(prompt) ?? MEDIA);
};

const videoAnswer = (body: Buffer): FakeAnswer => ({
  headers: { "content-type": "video/webm", "content-length": String(body.length) },
  body,
});

const fetched = new Set<string>();

/** Returns a file that claims to be the whole video but is not. */
const flawedOf = (prompt: string): Buffer | undefined => {
  const half = MEDIA.subarray(0, MEDIA.length / 2);
  if (prompt.includes("empty")) return Buffer.alloc(0);
  if (prompt.includes("other-kind")) return Buffer.from("<html>come back later</html>");
  if (!prompt.includes("half")) return undefined;
  const isFirst = !fetched.has(prompt);
  fetched.add(prompt);
  return prompt.includes("half-once") && !isFirst ? undefined : half;
};

/** Declares the full length of the file but sends only half of it. */
export const sendTruncated = (response: import("node:http").ServerResponse): undefined => {
  response.writeHead(200, { "content-type": "video/webm", "content-length": String(MEDIA.length) });
  response.write(MEDIA.subarray(0, MEDIA.length / 2), () => response.destroy());
};

export const assertDocumented = (holds: unknown, what: string): void => {
  if (!holds) throw new Error(`not as documented: ${what}`);
};
