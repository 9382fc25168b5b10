import type { Failure } from "../../lib/domain-error.ts";
import { err, ok, type Result } from "../../lib/result.ts";

export const CURRENCY = "CNY";
/** 10 credits cost one yuan, which is 100 fen. */
const FEN_PER_CREDIT = 10;
export const MIN_CREDITS = 10;
export const MAX_CREDITS = 1_000_000;

/** A month of VIP costs 30 yuan. */
const FEN_PER_MONTH = 3_000;
export const MAX_MONTHS = 24;

/** The goods of an order. A month of VIP is 30 days. */
export type Goods =
  | { readonly kind: "credits"; readonly credits: number }
  | { readonly kind: "vip"; readonly months: number };

/** The tolerance for the floating-point error of yuan times 100. */
const ROUNDING_FEN = 1e-4;

/** Returns the price in fen. */
export const priceOf = (goods: Goods): number =>
  goods.kind === "credits" ? goods.credits * FEN_PER_CREDIT : goods.months * FEN_PER_MONTH;

/**
 * Compares our price with the amount in yuan that the client expects, if it sent one. If they differ, no order is
 * created.
 */
export const checkAmount = (
  goods: Goods,
  yuan: number | undefined,
): Result<void, Failure<"amount_mismatch">> =>
  yuan === undefined || Math.abs(yuan * 100 - priceOf(goods)) < ROUNDING_FEN
    ? ok(undefined)
    : err({ code: "amount_mismatch" });
