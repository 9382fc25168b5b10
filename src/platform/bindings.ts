import type { MeetingRoom } from "../../durable/meeting-room.ts";
import type { ProgressChannel } from "../../durable/progress-channel.ts";
import type { RateLimiter } from "../../durable/rate-limiter.ts";
import type { ResumableUpload } from "../../durable/resumable-upload.ts";
import type { SettingName } from "./settings.ts";

/** The bindings of wrangler.toml. */
interface Bindings {
  readonly DB: D1Database;
  readonly MEDIA: R2Bucket;
  readonly ASSETS: Fetcher;
  readonly RATE_LIMITER: DurableObjectNamespace<RateLimiter>;
  readonly MEETING_ROOM: DurableObjectNamespace<MeetingRoom>;
  readonly PROGRESS: DurableObjectNamespace<ProgressChannel>;
  /** Built on itty-durable; called through `platform/provider-breaker`. */
  readonly PROVIDER_BREAKER: DurableObjectNamespace;
  readonly RESUMABLE_UPLOAD: DurableObjectNamespace<ResumableUpload>;
  readonly SCANS: Queue;
  readonly GENERATION: Queue;
  readonly AUDIO: Queue;
  readonly WEBHOOKS: Queue;
  readonly IMAGES: ImagesBinding;
  readonly MAIL: SendEmail;
  /** Workers AI, which is bound in production only. */
  readonly AI?: Ai;
}

/** The Worker's environment. Vars and secrets are raw strings here; read them through `settingsOf`. */
export type Env = Bindings & Readonly<Partial<Record<SettingName, string>>>;
