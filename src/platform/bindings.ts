import type { RateLimiter } from "../../durable/rate-limiter.ts";

/** What wrangler.toml binds, plus vars and secrets as the raw strings they come as: read those through `settings`. */
export interface Env {
  readonly DB: D1Database;
  readonly MEDIA: R2Bucket;
  readonly ASSETS: Fetcher;
  readonly RATE_LIMITER: DurableObjectNamespace<RateLimiter>;
  readonly SCANS: Queue;
  readonly ENVIRONMENT?: string;
  readonly PRODUCT_HOSTS?: string;
  readonly PUBLIC_ORIGIN?: string;
  readonly VERIFY_INVALID_LIMIT?: string;
  readonly SCAN_RETENTION_DAYS?: string;
  readonly JWT_SECRET?: string;
  readonly JWT_SECRET_PREVIOUS?: string;
  readonly MUSICQR_SECRET_KEY?: string;
  readonly ADMIN_USERNAME?: string;
  readonly ADMIN_PASSWORD?: string;
}
