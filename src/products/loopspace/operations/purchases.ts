import { createRoute } from "@hono/zod-openapi";
import { KIB, limitBody } from "../../../http/body.ts";
import { newRouter } from "../../../http/validation.ts";
import { userIdOf } from "../../../lib/ids.ts";
import { requireAccess } from "../access.ts";
import { audioParams, pageOf, pageQuery, purchaseRequestSchema, purchaseSchema } from "../contract/index.ts";
import { fail } from "../respond.ts";
import { viewerOf } from "../viewer.ts";
import { errors, json, requireScopes, TAGS } from "./operation.ts";
import { toPurchaseWire } from "./to-audio.ts";
import { toPage } from "./to-page.ts";

const purchaseRoute = createRoute({
  method: "post",
  path: "/api/v1/audio/{audioId}/purchase",
  operationId: "loopspacePurchase",
  tags: [TAGS.audio],
  summary: "Buy a track",
  description:
    "Pays with credits, which the owner of the track receives. Keys and applications need the scope `purchases`. Credits that were given (at sign-up or as a gift) cannot pay for tracks: 402 where the other credits of the account are fewer than the price. Buying a track again costs nothing and returns the same purchase. `price` is the price that the buyer saw: if the track has another price now, nothing is bought (409, `PRICE_CHANGED`). Sandbox purchases cost nothing.",
  security: requireScopes("purchases"),
  middleware: [requireAccess("purchases"), limitBody(4 * KIB)] as const,
  request: {
    params: audioParams,
    body: {
      required: false,
      content: { "application/json": { schema: purchaseRequestSchema } },
    },
  },
  responses: {
    200: json("The purchase; the account had bought the track before", purchaseSchema),
    201: json("The new purchase", purchaseSchema),
    ...errors(400, 401, 402, 403, 404, 409, 413),
  },
});

const listRoute = createRoute({
  method: "get",
  path: "/api/v1/audio/purchases",
  operationId: "loopspacePurchases",
  tags: [TAGS.audio],
  summary: "List the caller's purchases",
  description: "Newest first.",
  security: requireScopes("audio:read"),
  middleware: [requireAccess("audio:read")] as const,
  request: { query: pageQuery },
  responses: { 200: json("A page of purchases", pageOf(purchaseSchema)), ...errors(400, 401, 403) },
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
