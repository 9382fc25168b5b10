import { sql } from "drizzle-orm";
import { addEntry, isOverdraft, ownBalanceOf } from "../../../core/credits/index.ts";
import type { NewEvent, Outbox } from "../../../core/webhooks/index.ts";
import type { Clock } from "../../../lib/clock.ts";
import type { Failure } from "../../../lib/domain-error.ts";
import { shortId } from "../../../lib/ids.ts";
import { err, ok, type Result } from "../../../lib/result.ts";
import type { Database } from "../../../platform/db/client.ts";
import { audioPurchases } from "../../../platform/db/schema/audio.ts";
import { transaction } from "../../../platform/db/transaction.ts";
import type { PageRequest } from "./catalog.ts";
import type { Track } from "./track.ts";

/** A bought track. Times are ms UTC. */
export interface Purchase {
  readonly id: string;
  readonly audioId: string;
  /** In credits. */
  readonly price: number;
  readonly createdAt: number;
}

interface Row {
  id: string;
  audio_id: string;
  price: number;
  created_at: number;
}

const toPurchase = (row: Row): Purchase => ({
  id: row.id,
  audioId: row.audio_id,
  price: row.price,
  createdAt: row.created_at,
});

const rowsOf = (result: D1Result | undefined): Row[] => (result?.results ?? []) as unknown as Row[];

/** The buyer as the seller sees them in the event `purchase.completed`. */
export interface Buyer {
  readonly id: number;
  /** The public user id that Loopspace shows. */
  readonly publicId: string;
  readonly username: string;
  readonly name: string;
}

/**
 * Sells tracks for credits. A purchase moves the price from the buyer's wallet to the seller's, once per buyer and
 * track.
 */
export class Purchases {
  constructor(
    private readonly db: Database,
    private readonly outbox: Outbox,
    private readonly clock: Clock,
  ) {}

  /**
   * Buys a track at the price that the buyer saw. The purchase is one transaction, and of concurrent attempts only
   * one pays. `isNew` is false if the buyer had bought the track before.
   */
  async buy(
    buyer: Buyer,
    track: Track,
  ): Promise<
    Result<
      Purchase & { readonly isNew: boolean },
      Failure<"amount_mismatch" | "insufficient_credits" | "not_found" | "state_conflict">
    >
  > {
    if (track.ownerId === buyer.id) return err({ code: "state_conflict", what: "track", state: "YOUR_OWN" });
    if (track.price === 0 && !track.isPurchased)
      return err({ code: "state_conflict", what: "track", state: "FREE" });
    const id = shortId("purchase");
    const now = this.clock();
    const { price, title } = track;
    // The purchase row decides and the credit entries depend on it, so concurrent purchases by one buyer, for example
    // from two devices, charge once.
    const isNew = sql`NOT EXISTS (SELECT 1 FROM ${audioPurchases} WHERE audio_id = ${track.id} AND buyer_id = ${buyer.id})
      AND EXISTS (SELECT 1 FROM audio_tracks WHERE id = ${track.id} AND price = ${price} AND status = 'ready'
        AND visibility = 'public')`;
    const event: NewEvent = {
      type: "purchase.completed",
      userId: track.ownerId,
      environment: track.environment,
      at: now,
      when: isNew,
      data: {
        id,
        audio: { id: track.id, title },
        buyer: { id: buyer.publicId, username: buyer.username, name: buyer.name },
        price,
      },
    };
    // Only the buyer's own credits count. Otherwise a seller could create accounts and spend their sign-up credits on
    // the seller's own tracks.
    const entry = { type: "CONSUME" as const, description: "Audio purchase", moves: "own" as const, at: now };
    const isMade = sql`EXISTS (SELECT 1 FROM ${audioPurchases} WHERE id = ${id})`;
    try {
      const results = await this.outbox.run(
        [event],
        [
          sql`INSERT INTO ${audioPurchases} (id, audio_id, buyer_id, seller_id, environment, price, created_at)
            SELECT ${id}, ${track.id}, ${buyer.id}, ${track.ownerId}, ${track.environment}, ${price}, ${now} WHERE ${isNew}`,
          ...(track.environment === "live"
            ? [
                addEntry(
                  { ...entry, userId: buyer.id, amount: -price, reference: `purchase:${id}` },
                  { when: isMade },
                ),
                addEntry(
                  {
                    ...entry,
                    type: "REWARD",
                    description: "Audio sale",
                    userId: track.ownerId,
                    amount: price,
                    reference: `sale:${id}`,
                  },
                  { when: isMade },
                ),
              ]
            : []),
          sql`SELECT id FROM audio_tracks WHERE id = ${track.id} AND status = 'ready' AND visibility = 'public'`,
          sql`SELECT id, audio_id, price, created_at FROM ${audioPurchases}
            WHERE audio_id = ${track.id} AND buyer_id = ${buyer.id}`,
        ],
      );
      const [row] = rowsOf(results.at(-1));
      if (row) return ok({ ...toPurchase(row), isNew: row.id === id });
      // No row was written: after the buyer saw the track, it was hidden or deleted, or its price changed.
      const isForSale = rowsOf(results.at(-2)).length > 0;
      return err(isForSale ? { code: "amount_mismatch" } : { code: "not_found", what: "track" });
    } catch (error) {
      if (isOverdraft(error)) {
        const own = await ownBalanceOf(this.db, buyer.id);
        return err({ code: "insufficient_credits", needed: price, own });
      }
      throw error;
    }
  }

  /** Lists the purchases of a buyer, the latest first. */
  async list(
    buyerId: number,
    environment: Track["environment"],
    { page, limit }: PageRequest,
  ): Promise<{ purchases: Purchase[]; total: number }> {
    const mine = sql`FROM ${audioPurchases} WHERE buyer_id = ${buyerId} AND environment = ${environment}`;
    const [found, counted] = await transaction(this.db, [
      sql`SELECT id, audio_id, price, created_at ${mine} ORDER BY created_at DESC, id DESC
        LIMIT ${limit} OFFSET ${(page - 1) * limit}`,
      sql`SELECT count(*) AS total ${mine}`,
    ]);
    const [{ total } = { total: 0 }] = (counted?.results ?? []) as { total: number }[];
    return { purchases: rowsOf(found).map(toPurchase), total };
  }
}
