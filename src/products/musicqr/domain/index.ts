export { ClientKey } from "./client-key.ts";
export { normalizeCode } from "./code.ts";
export {
  CODE_ORDERS,
  CodeDirectory,
  type CodeOrder,
  type CodePage,
  type ListQuery,
  SEARCH_TOTAL_CAP,
} from "./directory.ts";
export { activationRate, codeFigures, dayFigures } from "./figures.ts";
export { type HistoryPage, scanHistory } from "./history.ts";
export {
  CODE_STATUSES,
  type CodeFigures,
  type CodeRecord,
  type CodeStatus,
  type DayFigures,
  type Scanner,
  type ScanRecord,
  type Verdict,
} from "./model.ts";
export { type ScanBatch, scanBatchSchema } from "./protocol.ts";
export {
  type AddOutcome,
  addCodes,
  deleteCode,
  findCodes,
  generateCodes,
  type NewCode,
  restoreCode,
  revokeCode,
} from "./registry.ts";
export { countScans, pruneScans, SCANS_PER_TRANSACTION } from "./scan-counter.ts";
export { Verifier, type VerifierDependencies, VerifierMemory } from "./verifier.ts";
