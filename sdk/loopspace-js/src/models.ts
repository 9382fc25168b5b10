/** ISO 8601, UTC. */
export type Time = string;

export type Visibility = "public" | "private";

/** Somebody, as a track shows them. */
export interface AudioUser {
  readonly id: string;
  readonly username: string;
  readonly avatar: string | null;
}

/** What is in the file. Null is what the file does not say, and all of it until the track is ready. */
export interface AudioMetadata {
  /** kbit/s */
  readonly bitrate: number | null;
  /** Hz */
  readonly sampleRate: number | null;
  readonly channels: number | null;
  readonly codec: string | null;
  /** Media type, such as `audio/mpeg`. */
  readonly format: string;
  /** Bytes. */
  readonly size: number;
  readonly artist: string | null;
  readonly album: string | null;
  readonly year: number | null;
}

/** A track, as lists have it. */
export interface AudioItem {
  /** `audio_…` */
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly genre: string | null;
  readonly tags: string[];
  readonly status: "processing" | "ready" | "failed";
  /** Why it failed. */
  readonly failure?: string;
  readonly visibility: Visibility;
  /** Credits; 0 is free. */
  readonly price: number;
  /** Seconds; null until it is ready. */
  readonly duration: number | null;
  readonly metadata: AudioMetadata;
  readonly coverUrl: string | null;
  /** What of the file was not kept: `cover_too_large`, `cover_unreadable`. */
  readonly warnings?: readonly string[];
  /** Of a priced track, who has not bought it hears the beginning. Good for a day where it is signed. */
  readonly streamUrl: string;
  /** Seconds the caller may hear before they buy it, 0 where it has no preview; null where they may hear all of it. */
  readonly previewDuration: number | null;
  /** Null where the caller may not download it. */
  readonly downloadUrl: string | null;
  readonly pageUrl: string;
  readonly stats: { readonly playsCount: number; readonly salesCount: number };
  readonly user: AudioUser;
  /** Whether the caller bought it. */
  readonly purchased: boolean;
  readonly createdAt: Time;
  readonly updatedAt: Time;
}

/** A track. */
export interface Audio extends AudioItem {
  /** 200 peaks from 0 to 1; empty until it is ready. */
  readonly waveform: number[];
  /** Whether the waveform was estimated (AAC) instead of decoded. */
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
  /** Credits. */
  readonly price: number;
  readonly createdAt: Time;
  readonly downloadUrl: string;
}

/** A profile. */
export interface User {
  /** `user_…` */
  readonly id: string;
  readonly username: string;
  readonly name: string;
  readonly avatar: string | null;
  readonly stats: {
    readonly followersCount: number;
    readonly followingCount: number;
    readonly tracksCount: number;
    readonly playsCount: number;
  };
  /** Whether the caller follows them. */
  readonly isFollowing: boolean;
  readonly profileUrl: string;
  readonly createdAt: Time;
}
