export { parseBytes, parseChecksum, parseMetadata } from "./headers.ts";
export {
  APPEND_HEADER,
  type Append,
  CHECKSUM_ALGORITHMS,
  PART_BYTES,
  type UploadAnswer,
  type UploadClaim,
  type UploadKind,
  type UploadRefused,
  type UploadState,
  uploadAnswerSchema,
} from "./protocol.ts";
export { isReferenced } from "./referenced-objects.ts";
