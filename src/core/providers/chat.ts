export interface ChatMessage {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

export interface ChatRequest {
  /** The vendor's model id. */
  readonly model: string;
  readonly messages: readonly ChatMessage[];
}

/** Why an answer failed or ended early. */
export type ChatFailureReason =
  /** The provider's safety rules refused it. */
  | "moderated"
  /** The provider rejected the request. */
  | "invalid"
  /** A problem of our account at the provider: key or quota. */
  | "account"
  /** The provider could not be reached, or its stream was interrupted. */
  | "unavailable"
  /** The provider sent nothing for too long, or the whole answer took too long. */
  | "timeout";

/** The provider refused to answer or did not finish. The message is for the log only, not for clients. */
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
  readonly name: string;
  /**
   * Yields an answer piece by piece. Returns when the answer is complete and throws `ChatFailure` if it is not. If
   * the caller stops reading or aborts the signal, the request to the vendor is cancelled.
   */
  readonly stream: (request: ChatRequest, signal: AbortSignal) => AsyncGenerator<string, void, undefined>;
  readonly listModels: (signal: AbortSignal) => Promise<readonly string[] | undefined>;
}

/** The assistant provider and the model that answer. */
export interface AssistantModel {
  readonly provider: ChatProvider;
  /** The model name that clients see. */
  readonly model: string;
  readonly vendorModel: string;
}
