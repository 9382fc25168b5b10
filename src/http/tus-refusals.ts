import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { UploadRefusal } from "../lib/domain-error.ts";

/** The statuses tus 1.0 has for what it refuses, and what there is to say. */
export const UPLOAD_REFUSALS: Record<
  UploadRefusal,
  { readonly status: ContentfulStatusCode; readonly detail: string }
> = {
  version: { status: 412, detail: "Tus-Resumable has to be 1.0.0" },
  offset: { status: 409, detail: "Upload-Offset is not where the upload stands: ask with HEAD" },
  // tus's own number, which no list of statuses knows.
  checksum: {
    status: 460 as ContentfulStatusCode,
    detail: "the bytes do not sum up to Upload-Checksum: none of them counts",
  },
  concatenation: {
    status: 400,
    detail:
      "Upload-Concat is not supported: send the file as one upload (parallelUploads: 1 in Uppy and tus-js-client)",
  },
  content_type: { status: 415, detail: "a chunk is application/offset+octet-stream" },
  gone: { status: 410, detail: "the upload has ended" },
};
