import { z } from "@hono/zod-openapi";
import type { IdempotentRequest, StoredAnswer } from "../core/idempotency/index.ts";
import { sha256Hex } from "../lib/secrets.ts";
import { type AppContext, fail } from "./context.ts";

/** The request header of operations that support idempotency. */
export const idempotencyHeaders = z.object({
  "idempotency-key": z.string().min(1).max(255).optional().openapi({
    description:
      "A key that the client chooses. For two days, the same request with the same key runs once and gets the same answer again.",
    example: "7f9d2c1e-order-42",
  }),
});

/**
 * Whether an answer is stored and repeated: a success, or a final refusal. After any other answer the client may
 * retry.
 */
const isKept = (status: number): boolean => status < 300 || status === 402 || status === 403;

/**
 * The id of the resource that a run creates. A retry under the same key gets the same id; without a key it is a new
 * one.
 */
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
  /** A hash of the request, where the raw body of the same request differs each time. Default: a hash of the body. */
  readonly fingerprint?: string;
  /** For answers that are not JSON and are rebuilt from a stored text. */
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

/** Runs an operation once for each `Idempotency-Key`. Untyped: handlers use `idempotently` of their product. */
export const runIdempotently = async (
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
