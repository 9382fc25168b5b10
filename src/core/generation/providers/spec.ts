import type { ProviderName } from "../../models/index.ts";

/** What every video provider is asked for, in our words. Each adapter says it in its vendor's. */
export interface VideoSpec {
  /** Our task. Where a vendor takes an idempotency key, this is it. */
  readonly taskId: string;
  /** The vendor's own model id. */
  readonly model: string;
  readonly prompt: string;
  readonly negativePrompt?: string | undefined;
  readonly aspectRatio: AspectRatio;
  readonly durationSeconds: number;
  readonly hd: boolean;
  readonly seed?: number | undefined;
  /** First frame. */
  readonly image?: InputImage;
}

export const ASPECT_RATIOS = ["16:9", "9:16", "1:1", "4:3", "3:4"] as const;
export type AspectRatio = (typeof ASPECT_RATIOS)[number];

/** What every image provider is asked for. */
export interface ImageSpec {
  readonly taskId: string;
  readonly model: string;
  readonly prompt: string;
  readonly negativePrompt?: string | undefined;
  readonly style?: string | undefined;
  /** Pixels. A vendor that makes a few sizes only makes the nearest. */
  readonly width: number;
  readonly height: number;
  readonly count: number;
  readonly hd: boolean;
  readonly seed?: number | undefined;
  /** What to begin with, and how far to go from it: 0 leaves it as it is, 1 leaves nothing of it. */
  readonly input?: InputImage & { readonly strength: number };
}

/** A picture somebody gave us: upright, without metadata. */
export interface InputImage {
  readonly bytes: Uint8Array;
  readonly mimeType: string;
}

/** Why a provider will never make this, whoever asks again. */
export type RefusalReason =
  /** Its safety rules. */
  | "moderated"
  /** It does not take what was asked (length, size, model). */
  | "invalid"
  /** Our key, our quota there, our budget. */
  | "provider_account"
  /** It tried and gave up. */
  | "provider_failed";

export interface Refused {
  readonly kind: "refused";
  readonly reason: RefusalReason;
  /** The vendor's words, for the log only. */
  readonly detail: string;
}

export interface Unavailable {
  readonly kind: "unavailable";
  /** Whether the vendor may have taken the request all the same: an unanswered create must not be sent again. */
  readonly delivered: "no" | "unknown";
  /** What the vendor asked for (`Retry-After`). */
  readonly retryAfterSeconds?: number;
  /** For the log only. */
  readonly detail: string;
}

export interface OpenedMedia {
  readonly body: ReadableStream<Uint8Array>;
  readonly contentType: string;
  /** Bytes, where the vendor says so. A shorter body is an error. */
  readonly contentLength?: number;
}

/** Finished media at the vendor's. Its address never reaches a client: it may carry our key, and it dies in a day. */
export interface MediaSource {
  readonly open: (signal: AbortSignal) => Promise<OpenedMedia | Unavailable | Refused>;
  /** A still of it, where the vendor has one. */
  readonly openThumbnail?: (signal: AbortSignal) => Promise<OpenedMedia | Unavailable | Refused>;
}

/** Media made in the call itself. */
export interface MadeMedia {
  readonly bytes: Uint8Array;
  readonly contentType: string;
  readonly thumbnail?: { readonly bytes: Uint8Array; readonly contentType: string };
}

interface Made {
  readonly kind: "made";
  /** A video, or one or several images. */
  readonly media: readonly MadeMedia[];
}

export type StartOutcome = { readonly kind: "started"; readonly job: string } | Made | Refused | Unavailable;

export type PollOutcome =
  | {
      readonly kind: "running";
      /** 0 to 99, where the vendor says. */
      readonly progress?: number;
    }
  | { readonly kind: "finished"; readonly media: MediaSource }
  /** Somebody cancelled it there. */
  | { readonly kind: "cancelled" }
  | Refused
  | Unavailable;

export interface CallContext {
  readonly signal: AbortSignal;
  /** Progress of media made in the call itself, 0 to 99. Resolves to false once nobody wants it any more. */
  readonly report: (progress: number) => Promise<boolean>;
}

interface Provider {
  readonly name: ProviderName;
  /** Whether asking it twice for the same task does no harm and costs nobody anything. */
  readonly repeatable: boolean;
  /** Ids of the vendor's models, for the daily look at the registry; undefined where it does not tell. */
  readonly listModels: (context: CallContext) => Promise<readonly string[] | undefined>;
}

/** Videos take minutes: a job is started, and looked at from time to time. */
export interface VideoProvider extends Provider {
  /** Seconds between two looks at a job. */
  readonly pollSeconds: number;
  readonly start: (spec: VideoSpec, context: CallContext) => Promise<StartOutcome>;
  readonly poll: (job: string, context: CallContext) => Promise<PollOutcome>;
  /** Tells the vendor to stop. Best effort: never throws, and a vendor that cannot just goes on. */
  readonly cancel: (job: string, context: CallContext) => Promise<void>;
}

/** Images take seconds: they are made in the call itself. */
export interface ImageProvider extends Provider {
  readonly make: (spec: ImageSpec, context: CallContext) => Promise<Made | Refused | Unavailable>;
}
