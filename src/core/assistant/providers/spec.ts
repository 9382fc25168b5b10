import type { ProviderName } from "../../models/index.ts";

export interface ChatMessage {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

export interface ChatRequest {
  /** The vendor's own model id. */
  readonly model: string;
  readonly messages: readonly ChatMessage[];
}

/** Why nothing more is said. */
export type ChatFailureReason =
  /** Its safety rules. */
  | "moderated"
  /** It does not take what was asked. */
  | "invalid"
  /** Our key, our quota there. */
  | "account"
  /** It could not be reached, or broke off. */
  | "unavailable"
  /** It was silent for too long. */
  | "timeout";

/** The provider said no, or nothing more. Its message is for the log only. */
export class ChatFailure extends Error {
  override readonly name = "ChatFailure";

  constructor(
    readonly reason: ChatFailureReason,
    detail: string,
  ) {
    super(detail.slice(0, 500));
  }
}

export interface ChatProvider {
  readonly name: ProviderName;
  /**
   * Says an answer piece by piece, as it comes. Ends when it is complete and throws ChatFailure when it is not. Whoever
   * stops reading, or aborts the signal, stops the vendor.
   */
  readonly stream: (request: ChatRequest, signal: AbortSignal) => AsyncGenerator<string, void, undefined>;
  readonly listModels: (signal: AbortSignal) => Promise<readonly string[] | undefined>;
}
