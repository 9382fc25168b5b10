/**
 * A developer's server that receives webhooks. Each path `/hooks/<box>` is a receiver of its own, which stores its
 * requests and answers 200 unless a test sets other answers. The paths `/__…` are for tests.
 */
import { type FakeAnswer, serveFake } from "./http.ts";

/** A request that a receiver got. */
export interface Received {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: string;
  /** ms UTC */
  readonly at: number;
}

/** How a receiver answers. `hang`: it never answers. */
export interface ReceiverAnswer {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly delayMs?: number;
  readonly hang?: boolean;
  /** Sends the headers and the beginning of a body that never ends. */
  readonly drip?: boolean;
}

interface Box {
  readonly received: Received[];
  /** Used one after another; the last one is repeated. */
  answers: readonly ReceiverAnswer[];
}

export const startWebhookReceiver = async () => {
  const boxes = new Map<string, Box>();
  const boxOf = (name: string): Box => {
    const box = boxes.get(name) ?? { received: [], answers: [] };
    boxes.set(name, box);
    return box;
  };

  const fake = await serveFake(
    async ({ method, url, headers, body }, raw): Promise<FakeAnswer | undefined> => {
      const [, part = "", name = ""] = url.pathname.split("/");
      const box = boxOf(name);
      if (part === "__received") return { body: box.received };
      if (part === "__answers") {
        box.answers = JSON.parse(body) as ReceiverAnswer[];
        return { body: {} };
      }
      if (part !== "hooks") return { status: 404 };
      box.received.push({ method, headers: headers as Record<string, string>, body, at: Date.now() });
      const [answer = {}, ...rest] = box.answers;
      if (rest.length > 0) box.answers = rest;
      if (answer.hang) return undefined;
      if (answer.delayMs) await new Promise((resolve) => setTimeout(resolve, answer.delayMs));
      if (answer.drip) {
        raw.response.writeHead(answer.status ?? 200).write("drip");
        return undefined;
      }
      return {
        status: answer.status ?? 200,
        ...(answer.headers && { headers: answer.headers }),
        body: answer.body ?? "OK",
      };
    },
  );
  return { ...fake, vars: {} };
};
