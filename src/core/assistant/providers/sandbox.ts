import { sandboxReply } from "../sandbox/reply.ts";
import type { ChatProvider } from "./spec.ts";

const PIECE_CHARACTERS = 3;
/** As a quick model would speak. */
const PIECE_MS = 8;

/** Answers about prompts without network, and says that it does. Stands in where a provider has no credentials. */
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
