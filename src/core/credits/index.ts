export { addEntry, type BalanceChange, isOverdraft } from "./entry.ts";
export { SIGNUP_CREDITS } from "./facts.ts";
export { balanceOf, type CreditEntry, listEntries, ownBalanceOf, summaryOf } from "./wallet.ts";
