import type { Failure } from "../../lib/domain-error.ts";
import { err, ok, type Result } from "../../lib/result.ts";

export const CURRENCY = "CNY";
/** 10 credits are one yuan. */
const FEN_A_CREDIT = 10;
export const MIN_CREDITS = 10;
export const MAX_CREDITS = 1_000_000;

/** 30 yuan a month of VIP. */
const FEN_A_MONTH = 3_000;
export const MAX_MONTHS = 24;

/** What is bought. A month of VIP is 30 days. */
export type Goods =
  | { readonly kind: "credits"; readonly credits: number }
  | { readonly kind: "vip"; readonly months: number };

/** What floating point may add to or take from yuan times a hundred. */
const ROUNDING_FEN = 1e-4;

/** The price in fen. */
export const priceOf = (goods: Goods): number =>
  goods.kind === "credits" ? goods.credits * FEN_A_CREDIT : goods.months * FEN_A_MONTH;

/** A client may say what it expects to pay, in yuan; where that is not our price nothing is ordered. */
export const checkAmount = (
  goods: Goods,
  yuan: number | undefined,
): Result<void, Failure<"amount_mismatch">> =>
  yuan === undefined || Math.abs(yuan * 100 - priceOf(goods)) < ROUNDING_FEN
    ? ok(undefined)
    : err({ code: "amount_mismatch" });
