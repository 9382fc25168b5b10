/** The fields of the API's responses that this page uses. */
export interface Profile {
  readonly id: string;
  readonly username: string;
  readonly computePower: number;
  readonly vipLevel: number;
  readonly vipUntil?: string;
  readonly role: "USER" | "ADMIN";
}

export type Status = "processing" | "completed" | "failed" | "cancelled";

export interface Result {
  readonly images?: readonly { url: string; thumbnail: string; width: number; height: number }[];
  readonly video?: { url: string; thumbnail: string };
}

export interface Work {
  readonly id: string;
  readonly type: "image" | "video";
  readonly title: string;
  readonly thumbnail: string;
  readonly status: Status;
  readonly progress: number;
  readonly createdAt: string;
  readonly fileUrl: string;
}

export interface WorkDetail extends Work {
  readonly prompt: string;
  readonly model?: string;
  readonly result?: Result;
  readonly error?: string;
  readonly published: boolean;
}

export interface Post {
  readonly id: string;
  readonly type: "image" | "video";
  readonly thumbnail: string;
  readonly fileUrl: string;
  readonly files: readonly { url: string; thumbnail: string }[];
  readonly playCount: number;
  readonly likeCount: number;
  readonly favoriteCount: number;
  readonly liked: boolean;
  readonly favorited: boolean;
  readonly description: string;
  readonly author: { readonly username: string };
}

export interface Page<T> {
  readonly list: readonly T[];
  readonly total: number;
  readonly nextCursor?: string;
}

export type LiveMessage =
  | { type: "task_progress"; taskId: string; progress: number; status: Status }
  | { type: "task_complete"; taskId: string; result: Result }
  | { type: "task_failed"; taskId: string; error: string; status: Status };

export interface Conversation {
  readonly id: string;
  readonly title: string;
}

export interface Message {
  readonly role: "user" | "assistant";
  readonly content: string;
  readonly status?: "complete" | "partial";
}

export interface Provider {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly models: readonly string[];
}

export type Kind = "image" | "video" | "assistant";
export type Providers = Readonly<Record<Kind, readonly Provider[]>>;
