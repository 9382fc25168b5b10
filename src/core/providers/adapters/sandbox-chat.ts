import type { ChatProvider } from "../chat.ts";
import { sandboxReply } from "../sandbox/reply.ts";

const PIECE_CHARACTERS = 3;
/** Delay between two pieces, similar to a fast model. */
const PIECE_MS = 8;

/** Answers questions about prompts without network, and says so. Used when no assistant provider has credentials. */
export const sandboxChat: ChatProvider = {
  name: "sandbox",
  async *stream({ messages }, signal) {
    const said = messages.filter(({ role }) => role === "user");
    const characters = [...sandboxReply(said.at(-1)?.content ?? "", said.length)];
    for (let at = 0; at < characters.length; at += PIECE_CHARACTERS) {
      signal.throwIfAborted();
      yield characters.slice(at, at + PIECE_CHARACTERS).join("");
      await new Promise((resolve) => setTimeout(resolve, PIECE_MS));
    }
  },
  listModels: async () => ["sandbox"],
};
