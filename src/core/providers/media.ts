import type { AspectRatio } from "./facts.ts";
/** A video request in our terms. Each adapter translates it to its vendor's API. */
export interface VideoSpec {
  /** Id of our task. Sent as the idempotency key to vendors that accept one. */
  readonly taskId: string;
  /** The vendor's model id. */
  readonly model: string;
  readonly prompt: string;
  readonly negativePrompt?: string | undefined;
  readonly aspectRatio: AspectRatio;
  readonly durationSeconds: number;
  readonly hd: boolean;
  readonly seed?: number | undefined;
  /** First frame of the video. */
  readonly image?: InputImage;
}

/** An image request in our terms. */
export interface ImageSpec {
  readonly taskId: string;
  readonly model: string;
  readonly prompt: string;
  readonly negativePrompt?: string | undefined;
  readonly style?: string | undefined;
  /** Pixels. A vendor with a fixed set of sizes makes the nearest one. */
  readonly width: number;
  readonly height: number;
  readonly count: number;
  readonly hd: boolean;
  readonly seed?: number | undefined;
  /** Input picture, and how much the result may differ from it: 0 keeps the picture, 1 ignores it. */
  readonly input?: InputImage & { readonly strength: number };
}

/** A picture uploaded by the client: already rotated upright and without metadata. */
export interface InputImage {
  readonly bytes: Uint8Array;
  readonly mimeType: string;
}

/** Scales and crops a picture to a size. Returns a PNG. */
export type CropPicture = (image: InputImage, width: number, height: number) => Promise<Uint8Array>;

/** Why a request can never succeed at this provider, so that a retry is useless. */
export type RefusalReason =
  /** The provider's safety rules refuse it. */
  | "moderated"
  /** The provider rejects a parameter (length, size, model). */
  | "invalid"
  /** A problem of our account at the provider: key, quota or budget. */
  | "provider_account"
  /** The provider accepted the request and failed. */
  | "provider_failed";

export interface Refused {
  readonly kind: "refused";
  readonly reason: RefusalReason;
  /** The vendor's message, for the log only: it is never sent to a client. */
  readonly detail: string;
}

export interface Unavailable {
  readonly kind: "unavailable";
  /**
   * `unknown` if the vendor may have accepted the request nevertheless. Such a request must not be sent again,
   * because it could create a second job that we pay for.
   */
  readonly delivered: "no" | "unknown";
  /** The vendor's `Retry-After`, in seconds. */
  readonly retryAfterSeconds?: number;
  /** For the log only: it is never sent to a client. */
  readonly detail: string;
}

export interface OpenedMedia {
  readonly body: ReadableStream<Uint8Array>;
  readonly contentType: string;
  /** Length in bytes, if the vendor sends it. A shorter body is an error. */
  readonly contentLength?: number;
}

/**
 * Finished media stored by the vendor. Its URL is never sent to a client: it may contain our key, and it expires
 * within a day.
 */
export interface MediaSource {
  readonly open: (signal: AbortSignal) => Promise<OpenedMedia | Unavailable | Refused>;
  /** Opens a still image of the video, if the vendor provides one. */
  readonly openThumbnail?: (signal: AbortSignal) => Promise<OpenedMedia | Unavailable | Refused>;
}

/** Media that a provider returned in the response of the call. */
export interface GeneratedMedia {
  readonly bytes: Uint8Array;
  readonly contentType: string;
  readonly thumbnail?: { readonly bytes: Uint8Array; readonly contentType: string };
}

interface Made {
  readonly kind: "made";
  /** A video, or one or several images. */
  readonly media: readonly GeneratedMedia[];
}

export type StartOutcome = { readonly kind: "started"; readonly job: string } | Made | Refused | Unavailable;

export type PollOutcome =
  | {
      readonly kind: "running";
      /** 0 to 99, if the vendor reports it. */
      readonly progress?: number;
    }
  | { readonly kind: "finished"; readonly media: MediaSource }
  /** The job was cancelled at the vendor. */
  | { readonly kind: "cancelled" }
  | Refused
  | Unavailable;

/** Limit of a call that starts, polls or cancels a job. Downloads have a limit of their own. */
export const CALL_TIMEOUT_MS = 30_000;

export interface CallContext {
  readonly signal: AbortSignal;
  /** Reports the progress (0 to 99) of media made during the call. Resolves to false once the task is settled. */
  readonly report: (progress: number) => Promise<boolean>;
}

interface Provider {
  readonly name: string;
  /** Whether the same task may be requested twice without harm or extra cost. */
  readonly repeatable: boolean;
  /**
   * Lists the ids of the vendor's models for the daily check of the registry; undefined if the list is not available.
   */
  readonly listModels: (context: CallContext) => Promise<readonly string[] | undefined>;
}

/** Videos take minutes: a job is started and then polled. */
export interface VideoProvider extends Provider {
  /** Seconds between two polls of a job. */
  readonly pollSeconds: number;
  readonly start: (spec: VideoSpec, context: CallContext) => Promise<StartOutcome>;
  readonly poll: (job: string, context: CallContext) => Promise<PollOutcome>;
  /**
   * Cancels the job at the vendor. Best effort: never throws, and a job that cannot be cancelled simply continues.
   */
  readonly cancel: (job: string, context: CallContext) => Promise<void>;
}

/** Images take seconds: one call makes and returns them. */
export interface ImageProvider extends Provider {
  readonly make: (spec: ImageSpec, context: CallContext) => Promise<Made | Refused | Unavailable>;
}
