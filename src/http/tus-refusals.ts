import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { UploadRefusal } from "../lib/domain-error.ts";

/** The status that tus 1.0 defines for each refusal, and the message for the client. */
export const UPLOAD_REFUSALS: Record<
  UploadRefusal,
  { readonly status: ContentfulStatusCode; readonly detail: string }
> = {
  version: { status: 412, detail: "Tus-Resumable must be 1.0.0" },
  offset: {
    status: 409,
    detail: "Upload-Offset does not match the upload's current offset: read it with a HEAD request",
  },
  // Defined by tus itself; it is not a registered HTTP status.
  checksum: {
    status: 460 as ContentfulStatusCode,
    detail: "the chunk does not match Upload-Checksum, so none of its bytes were stored",
  },
  concatenation: {
    status: 400,
    detail:
      "Upload-Concat is not supported: send the file as one upload (parallelUploads: 1 in Uppy and tus-js-client)",
  },
  content_type: { status: 415, detail: "Content-Type must be application/offset+octet-stream" },
  gone: { status: 410, detail: "the upload has ended" },
};
