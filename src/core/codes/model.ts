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

/** Who scanned. */
export interface Scanner {
  readonly ip: string;
  /** ISO 3166-1 alpha-2, where the edge knows it. */
  readonly country: string | null;
  readonly userAgent: string;
  /** A link preview, a prefetch or a HEAD: answered, but it neither activates nor counts. */
  readonly preview: boolean;
}

/** What a scan of a well-formed code finds. Times are ms UTC. */
export type Verdict =
  | {
      readonly kind: "genuine";
      readonly activatedAt: number;
      /** Scans so far, this one included. Never falls from scan to scan at one location. */
      readonly queryCount: number;
      readonly firstActivation: boolean;
    }
  /** Genuine and never scanned by a person: only a preview sees this. */
  | { readonly kind: "unactivated" }
  | { readonly kind: "unknown" }
  | { readonly kind: "revoked" };

/** How a set of codes stands. */
export interface CodeFigures {
  readonly total: number;
  readonly activated: number;
  readonly unactivated: number;
  readonly revoked: number;
  /** Answered scans of this UTC day. */
  readonly scansToday: number;
}

/** Figures of one UTC day, `YYYY-MM-DD`. */
export interface DayFigures {
  readonly day: string;
  readonly scans: number;
  readonly invalid: number;
  readonly activations: number;
}

/** A row of a code's history: one device within a second or so, `times` scans. */
export interface ScanRecord {
  readonly at: number;
  readonly times: number;
  readonly ip: string;
  readonly country: string | null;
  readonly userAgent: string;
}
