import type { ResumableUpload } from "../../durable/resumable-upload.ts";
import type { Meter } from "./meter.ts";

interface ResumableUploadsDeps {
  readonly namespace: DurableObjectNamespace<ResumableUpload>;
  readonly meter: Meter;
}

/** The resumable uploads, one Durable Object each. An upload is named by the id of its object. */
export class ResumableUploads {
  constructor(private readonly deps: ResumableUploadsDeps) {}

  /** Creates the stub of a new upload, with its permanent id. */
  create() {
    const id = this.deps.namespace.newUniqueId();
    return { id: id.toString(), upload: this.stubOf(id) };
  }

  /** Returns the stub of an upload; undefined where the id is not valid for this namespace. */
  find(id: string) {
    try {
      return this.stubOf(this.deps.namespace.idFromString(id));
    } catch {
      return undefined;
    }
  }

  private stubOf(id: DurableObjectId) {
    this.deps.meter.durable++;
    return this.deps.namespace.get(id);
  }
}
