import { z } from "@hono/zod-openapi";
import type { IdempotentRequest, StoredAnswer } from "../core/idempotency/index.ts";
import { sha256Hex } from "../lib/secrets.ts";
import { type AppContext, fail } from "./context.ts";

/** Beside the operations that take it. */
export const idempotencyHeaders = z.object({
  "idempotency-key": z.string().min(1).max(255).optional().openapi({
    description:
      "Chosen by the client, kept for two days: the same request under the same key is done once and answered the same again.",
    example: "7f9d2c1e-order-42",
  }),
});

/** Answers that are worth repeating: what was done, and what was refused for good. Anything else may be tried again. */
const isKept = (status: number): boolean => status < 300 || status === 402 || status === 403;

/** What a run makes is made under this id; without a key it is a new one. */
export type ResourceId = string;

const requestOf = async (
  c: AppContext,
  key: string,
  fingerprint: string | undefined,
): Promise<IdempotentRequest> => ({
  userId: c.get("caller").user.id,
  operation: `${c.req.method} ${c.req.path}`,
  key,
  fingerprint: fingerprint ?? (await sha256Hex(await c.req.text())),
});

export interface IdempotencyOptions {
  /** Of what is asked, where the body as it came says it differently each time. */
  readonly fingerprint?: string;
  /** For answers that are no JSON and have to be made again from what was kept. */
  readonly onReplay?: {
    readonly keep: (id: ResourceId) => string;
    readonly answer: (kept: string) => Promise<Response>;
  };
}

const replay = ({ status, body }: StoredAnswer): Response =>
  new Response(body, {
    status,
    headers: { "content-type": "application/json", "idempotent-replayed": "true" },
  });

/** Runs an operation that costs money, once for each `Idempotency-Key`. Without the header it just runs. */
export const idempotently = async (
  c: AppContext,
  run: (id: ResourceId) => Promise<Response>,
  { fingerprint, onReplay }: IdempotencyOptions = {},
): Promise<Response> => {
  const key = c.req.header("idempotency-key");
  if (key === undefined) return run(crypto.randomUUID());
  const keys = c.get("services").idempotencyKeys;
  const request = await requestOf(c, key, fingerprint);
  const begun = await keys.begin(request);
  if (begun.kind === "reused") return fail(c, { code: "idempotency_key_reused" });
  if (begun.kind === "in_progress") return fail(c, { code: "idempotency_in_progress" });
  if (begun.kind === "replay")
    return onReplay && begun.answer.status < 300 ? onReplay.answer(begun.answer.body) : replay(begun.answer);
  let response: Response;
  try {
    response = await run(begun.resourceId);
  } catch (error) {
    await keys.release(request);
    throw error;
  }
  if (isKept(response.status)) {
    const body = onReplay && response.ok ? onReplay.keep(begun.resourceId) : await response.clone().text();
    await keys.finish(request, { status: response.status, body });
  } else if (response.status >= 500) await keys.release(request);
  else await keys.forget(request);
  return response;
};
