import { createRoute } from "@hono/zod-openapi";
import { balanceOf, listEntries } from "../../../core/credits/index.ts";
import { newRouter } from "../../../http/validation.ts";
import { balanceSchema, creditSchema, pageOf, pageQuery } from "../contract.ts";
import { signedIn } from "../limits.ts";
import { toCredit, toPage } from "../to-wire.ts";
import { BEARER_SECURITY, errors, json, TAGS } from "./operation.ts";

const balanceRoute = createRoute({
  method: "get",
  path: "/api/credits/balance",
  operationId: "soraBalance",
  tags: [TAGS.credits],
  summary: "Get the credit balance",
  description: "The platform has one wallet for all products.",
  security: BEARER_SECURITY,
  middleware: [signedIn] as const,
  responses: { 200: json("The balance", balanceSchema), ...errors(401) },
});

const transactionsRoute = createRoute({
  method: "get",
  path: "/api/credits/transactions",
  operationId: "soraTransactions",
  tags: [TAGS.credits],
  summary: "List the credit transactions",
  description: "Newest first. `balance` is the balance after the transaction.",
  security: BEARER_SECURITY,
  middleware: [signedIn] as const,
  request: { query: pageQuery },
  responses: { 200: json("One page of transactions", pageOf(creditSchema)), ...errors(400, 401) },
});

export const credits = newRouter()
  .openapi(balanceRoute, async (c) => {
    const { user } = c.get("caller");
    c.header("Cache-Control", "no-store");
    return c.json({ userId: user.uuid, balance: await balanceOf(c.get("services").db, user.id) }, 200);
  })
  .openapi(transactionsRoute, async (c) => {
    const page = c.req.valid("query");
    const { user } = c.get("caller");
    const { entries, total } = await listEntries(c.get("services").db, user.id, page);
    return c.json(
      toPage(
        entries.map((entry) => toCredit(entry, user)),
        total,
        page,
      ),
      200,
    );
  });
