import { err, ok, type Result } from "../../lib/result.ts";

export const CURRENCY = "CNY";
/** 10 credits are one yuan. */
const FEN_A_CREDIT = 10;
export const MIN_CREDITS = 10;
export const MAX_CREDITS = 1_000_000;

/** What floating point may add to or take from yuan times a hundred. */
const ROUNDING_FEN = 1e-4;

/** The price of credits in fen. */
export const priceOf = (credits: number): number => credits * FEN_A_CREDIT;

/** A client may say what it expects to pay, in yuan; where that is not our price nothing is ordered. */
export const checkAmount = (credits: number, yuan: number | undefined): Result<void> =>
  yuan === undefined || Math.abs(yuan * 100 - priceOf(credits)) < ROUNDING_FEN
    ? ok(undefined)
    : err({ code: "amount_mismatch" });
