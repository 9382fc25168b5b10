/** A time in ISO 8601 and UTC, such as `2026-11-21T08:00:00.000Z`. */
export type Time = string;

export type Visibility = "public" | "private";

/** The owner of a track. */
export interface AudioUser {
  readonly id: string;
  readonly username: string;
  /** URL of the profile picture; null where there is none. */
  readonly avatar: string | null;
}

/** What is known of the file. A field is null where the file has no such value, and until the track is ready. */
export interface AudioMetadata {
  /** In kbit/s. */
  readonly bitrate: number | null;
  /** In Hz. */
  readonly sampleRate: number | null;
  readonly channels: number | null;
  readonly codec: string | null;
  /** Media type, such as `audio/mpeg`. */
  readonly format: string;
  /** In bytes. */
  readonly size: number;
  readonly artist: string | null;
  readonly album: string | null;
  readonly year: number | null;
}

/** A track in a list: without its waveform. */
export interface AudioItem {
  /** `audio_…` */
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly genre: string | null;
  readonly tags: string[];
  readonly status: "processing" | "ready" | "failed";
  /** Why processing failed: `undecodable`, `too_long` or `internal`. Present only where `status` is `failed`. */
  readonly failure?: string;
  readonly visibility: Visibility;
  /** In credits; 0 is free. */
  readonly price: number;
  /** In seconds; null until the track is ready. */
  readonly duration: number | null;
  readonly metadata: AudioMetadata;
  readonly coverUrl: string | null;
  /** The parts of the file that were not kept: `cover_too_large` (over 5 MiB), `cover_unreadable`. */
  readonly warnings?: readonly string[];
  /**
   * URL to play the track. Where it has a `signature` parameter, it is valid for a day. For a priced track that the
   * caller has not bought, it plays only the beginning: see `previewDuration`.
   */
  readonly streamUrl: string;
  /**
   * Seconds that the caller may listen to before buying: at most 30, and 0 where the track has no preview. Null where
   * the caller may listen to the whole track.
   */
  readonly previewDuration: number | null;
  /** Null where the caller may not download the track. */
  readonly downloadUrl: string | null;
  /** URL of the track's web page. */
  readonly pageUrl: string;
  readonly stats: { readonly playsCount: number; readonly salesCount: number };
  readonly user: AudioUser;
  /** Whether the caller has bought the track. */
  readonly purchased: boolean;
  readonly createdAt: Time;
  readonly updatedAt: Time;
}

/** A track with its waveform. */
export interface Audio extends AudioItem {
  /** 200 peaks from 0 to 1; empty until the track is ready. */
  readonly waveform: number[];
  /** Whether the waveform is an estimate (AAC), not computed from decoded samples. */
  readonly waveformEstimated: boolean;
}

export interface Genre {
  readonly genre: string;
  readonly tracksCount: number;
}

export interface Purchase {
  /** `purchase_…` */
  readonly id: string;
  readonly audioId: string;
  /** The price that was paid, in credits. */
  readonly price: number;
  readonly createdAt: Time;
  /** Signed URL of the file, valid for a day. */
  readonly downloadUrl: string;
}

/** A user's public profile. */
export interface User {
  /** `user_…` */
  readonly id: string;
  readonly username: string;
  readonly name: string;
  /** URL of the profile picture; null where there is none. */
  readonly avatar: string | null;
  readonly stats: {
    readonly followersCount: number;
    readonly followingCount: number;
    readonly tracksCount: number;
    readonly playsCount: number;
  };
  /** Whether the caller follows this user. */
  readonly isFollowing: boolean;
  /** URL of the user's web page. */
  readonly profileUrl: string;
  readonly createdAt: Time;
}
