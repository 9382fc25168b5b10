/** An authorization code as the owner of the codes sees it. Times are ms UTC. */
export interface CodeRecord {
  readonly code: string;
  readonly status: CodeStatus;
  readonly createdAt: number;
  readonly activatedAt: number | null;
  readonly activationIp: string | null;
  readonly activationCountry: string | null;
  readonly activationUserAgent: string | null;
  readonly revokedAt: number | null;
  readonly queryCount: number;
  readonly lastQueryAt: number | null;
}

export const CODE_STATUSES = ["unactivated", "activated", "revoked"] as const;
export type CodeStatus = (typeof CODE_STATUSES)[number];

/** The client that scanned a code. */
export interface Scanner {
  readonly ip: string;
  /** ISO 3166-1 alpha-2; null if Cloudflare does not know it. */
  readonly country: string | null;
  readonly userAgent: string;
  /**
   * Whether this is a link preview, a prefetch or a HEAD request. It gets an answer, but activates and counts
   * nothing.
   */
  readonly preview: boolean;
}

/** The result of verifying a well-formed code. Times are ms UTC. */
export type Verdict =
  | {
      readonly kind: "genuine";
      readonly activatedAt: number;
      /** Scans so far, this one included. Within one isolate it never decreases while the entry is cached. */
      readonly queryCount: number;
      readonly firstActivation: boolean;
    }
  /** Genuine and not activated yet. Only previews get this, because any other scan activates the code. */
  | { readonly kind: "unactivated" }
  | { readonly kind: "unknown" }
  | { readonly kind: "revoked" };

/** Totals over all codes. */
export interface CodeFigures {
  readonly total: number;
  readonly activated: number;
  readonly unactivated: number;
  readonly revoked: number;
  /** Counted scans of the current UTC day, those of unknown and revoked codes included. */
  readonly scansToday: number;
}

/** Figures of one UTC day, `YYYY-MM-DD`. */
export interface DayFigures {
  readonly day: string;
  readonly scans: number;
  readonly invalid: number;
  readonly activations: number;
}

/**
 * A row of a code's history: `times` scans by one device within one micro-batch (about a second, 10 s under load).
 */
export interface ScanRecord {
  readonly at: number;
  readonly times: number;
  readonly ip: string;
  readonly country: string | null;
  readonly userAgent: string;
}
