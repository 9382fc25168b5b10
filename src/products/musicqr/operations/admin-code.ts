import { createRoute, z } from "@hono/zod-openapi";
import type { MiddlewareHandler } from "hono";
import type { AppContext, AppEnv } from "../../../http/context.ts";
import { newRouter } from "../../../http/validation.ts";
import type { Failure } from "../../../lib/domain-error.ts";
import { err, ok, type Result } from "../../../lib/result.ts";
import { requireAdmin, requireSameOrigin } from "../admin-auth.ts";
import { codeDetailSchema, codeText, scanSchema } from "../contract.ts";
import {
  type CodeRecord,
  deleteCode,
  findCodes,
  normalizeCode,
  restoreCode,
  revokeCode,
  scanHistory,
} from "../domain/index.ts";
import { fail } from "../respond.ts";
import { toCodeDetail, toScan } from "../to-wire.ts";
import { errors, json, SESSION_SECURITY, TAGS } from "./operation.ts";

const CODE_PATH = "/admin/api/codes/{code}";
const reads = [requireAdmin] as const;
const writes = [requireSameOrigin, requireAdmin] as const;

const operation = <
  M extends "get" | "post" | "delete",
  P extends string,
  Q extends z.ZodObject,
  A extends z.ZodType,
>(given: {
  method: M;
  path: P;
  operationId: string;
  summary: string;
  description: string;
  query: Q;
  answer: A;
  middleware: readonly MiddlewareHandler<AppEnv>[];
}) =>
  createRoute({
    method: given.method,
    path: given.path,
    operationId: given.operationId,
    tags: [TAGS.admin],
    summary: given.summary,
    description: given.description,
    security: SESSION_SECURITY,
    middleware: [...given.middleware] as MiddlewareHandler<AppEnv>[],
    request: { params: z.object({ code: codeText }), query: given.query },
    responses: {
      200: json("The code", z.object({ success: z.literal(true), data: given.answer })),
      ...errors(400, 401, 403, 404, 500),
    },
  });

const nothing = z.object({});

const getRoute = operation({
  method: "get",
  path: CODE_PATH,
  operationId: "adminGetCode",
  summary: "Get a code",
  description: "Returns the code with all data of its activation.",
  query: nothing,
  answer: codeDetailSchema,
  middleware: reads,
});

const scansRoute = operation({
  method: "get",
  path: `${CODE_PATH}/scans`,
  operationId: "adminCodeScans",
  summary: "List the scans of a code",
  description: "Newest first. `next` is the `cursor` of the next page.",
  query: z.object({
    limit: z.coerce.number().int().min(1).max(100).default(50),
    cursor: z.string().max(100).optional(),
  }),
  answer: z.object({ scans: z.array(scanSchema), next: z.string().nullable() }),
  middleware: reads,
});

const revokeRoute = operation({
  method: "post",
  path: `${CODE_PATH}/revoke`,
  operationId: "adminRevokeCode",
  summary: "Revoke a code",
  description:
    "Scans of a revoked code are answered as not genuine. The change takes effect everywhere within a minute.",
  query: nothing,
  answer: codeDetailSchema,
  middleware: writes,
});

const restoreRoute = operation({
  method: "post",
  path: `${CODE_PATH}/restore`,
  operationId: "adminRestoreCode",
  summary: "Restore a revoked code",
  description: "Makes a revoked code valid again, with the activation it had.",
  query: nothing,
  answer: codeDetailSchema,
  middleware: writes,
});

const deleteRoute = operation({
  method: "delete",
  path: CODE_PATH,
  operationId: "adminDeleteCode",
  summary: "Delete a code",
  description:
    "Deletes a code with its history. This cannot be undone; to take a code out of use, revoke it.",
  query: nothing,
  answer: codeDetailSchema,
  middleware: writes,
});

/** Changes a code, and makes this isolate forget what it remembers of the code. */
export const changeCode = async (
  c: AppContext,
  input: string,
  change: (code: string) => Promise<Result<CodeRecord, Failure<"code_unknown">>>,
): Promise<Result<CodeRecord, Failure<"code_malformed" | "code_unknown">>> => {
  const code = normalizeCode(input);
  if (code === undefined) return err({ code: "code_malformed" });
  const changed = await change(code);
  c.get("services").verifier.forget(code);
  return changed;
};

/** Finds one code by its text. */
export const findCode = async (
  c: AppContext,
  input: string,
): Promise<Result<CodeRecord, Failure<"code_malformed" | "code_unknown">>> => {
  const code = normalizeCode(input);
  if (code === undefined) return err({ code: "code_malformed" });
  const record = (await findCodes(c.get("services").db, [code])).get(code);
  return record ? ok(record) : err({ code: "code_unknown" });
};

const answer = (c: AppContext, result: Result<CodeRecord, Failure<"code_malformed" | "code_unknown">>) =>
  result.ok
    ? c.json({ success: true as const, data: toCodeDetail(result.value) }, 200)
    : fail(c, result.error);

export const adminCode = newRouter();

adminCode.openapi(getRoute, async (c) => answer(c, await findCode(c, c.req.valid("param").code)));

adminCode.openapi(scansRoute, async (c) => {
  const code = normalizeCode(c.req.valid("param").code);
  if (code === undefined) return fail(c, { code: "code_malformed" });
  const { limit, cursor } = c.req.valid("query");
  const page = await scanHistory(c.get("services").db, code, limit, cursor);
  if (!page.ok) return fail(c, page.error);
  return c.json(
    { success: true as const, data: { scans: page.value.scans.map(toScan), next: page.value.next } },
    200,
  );
});

adminCode.openapi(revokeRoute, async (c) => {
  const { db } = c.get("services");
  return answer(
    c,
    await changeCode(c, c.req.valid("param").code, (code) => revokeCode(db, code, Date.now())),
  );
});

adminCode.openapi(restoreRoute, async (c) => {
  const { db } = c.get("services");
  return answer(c, await changeCode(c, c.req.valid("param").code, (code) => restoreCode(db, code)));
});

adminCode.openapi(deleteRoute, async (c) => {
  const { db } = c.get("services");
  return answer(c, await changeCode(c, c.req.valid("param").code, (code) => deleteCode(db, code)));
});
