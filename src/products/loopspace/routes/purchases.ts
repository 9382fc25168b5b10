import { createRoute, z } from "@hono/zod-openapi";
import { KIB, limitBody } from "../../../http/body.ts";
import { newRouter } from "../../../http/validation.ts";
import { requireAccess } from "../access.ts";
import { purchaseSchema, toPurchaseWire, viewerOf } from "../audio-wire.ts";
import { fail } from "../respond.ts";
import { pageOf, pageQuery, toPage, userIdOf } from "../wire.ts";
import { audioParams } from "./audio.ts";
import { errors, json, secured, TAGS } from "./operation.ts";

const purchaseRoute = createRoute({
  method: "post",
  path: "/api/v1/audio/{audioId}/purchase",
  operationId: "loopspacePurchase",
  tags: [TAGS.audio],
  summary: "Buy a track",
  description:
    "With credits, which its owner gets. Keys and applications need the scope `purchases`. Credits that were given (at sign-up or as a gift) do not pay for tracks: 402 where the rest of the wallet is less than the price. A second time costs nothing and gives the same purchase. `price` says what the buyer saw: where it is another by now, nothing is bought (`PRICE_CHANGED`). Sandbox purchases cost nothing.",
  security: secured("purchases"),
  middleware: [requireAccess("purchases"), limitBody(4 * KIB)] as const,
  request: {
    params: audioParams,
    body: {
      required: false,
      content: { "application/json": { schema: z.object({ price: z.int().min(0).optional() }) } },
    },
  },
  responses: {
    200: json("It was bought before", purchaseSchema),
    201: json("Bought", purchaseSchema),
    ...errors(400, 401, 402, 403, 404, 409, 413),
  },
});

const listRoute = createRoute({
  method: "get",
  path: "/api/v1/audio/purchases",
  operationId: "loopspacePurchases",
  tags: [TAGS.audio],
  summary: "What the caller bought",
  description: "The latest first.",
  security: secured("audio:read"),
  middleware: [requireAccess("audio:read")] as const,
  request: { query: pageQuery },
  responses: { 200: json("A page of them", pageOf(purchaseSchema)), ...errors(400, 401, 403) },
});

export const purchases = newRouter()
  .openapi(listRoute, async (c) => {
    const { user, environment } = c.get("access");
    const page = c.req.valid("query");
    const { purchases: found, total } = await c.get("services").purchases.list(user.id, environment, page);
    const wires = await Promise.all(found.map((purchase) => toPurchaseWire(c, purchase)));
    return c.json(toPage(wires, total, page), 200);
  })
  .openapi(purchaseRoute, async (c) => {
    const { audioLibrary, purchases: shop } = c.get("services");
    const { user } = c.get("access");
    const found = await audioLibrary.find(viewerOf(c), c.req.valid("param").audioId);
    if (!found.ok) return fail(c, found.error);
    const { price } = c.req.valid("json") ?? {};
    if (price !== undefined && price !== found.value.price && !found.value.isPurchased)
      return fail(c, { code: "amount_mismatch" });
    const buyer = {
      id: user.id,
      publicId: userIdOf(user.uuid),
      username: user.username,
      name: user.fullName,
    };
    const bought = await shop.buy(buyer, found.value);
    if (!bought.ok) return fail(c, bought.error);
    const wire = await toPurchaseWire(c, bought.value);
    return bought.value.isNew ? c.json(wire, 201) : c.json(wire, 200);
  });
