import type { Slice } from "../../http/slice.ts";
import { systemClock } from "../../lib/clock.ts";
import { warn } from "../../platform/logger.ts";
import { Assistant, Conversations } from "./domain/assistant/index.ts";
import { Square } from "./domain/square/index.ts";

interface StudioServices {
  readonly assistant: Assistant;
  readonly conversations: Conversations;
  readonly square: Square;
}

declare module "../../http/services.ts" {
  interface Services extends StudioServices {}
}

export const studioServices: Slice<StudioServices> = {
  assistant: ({ conversations, providers, defer }) =>
    new Assistant({ conversations, chooseModel: () => providers.assistantModel(), defer, report: warn }),
  conversations: ({ db }) => new Conversations(db, systemClock),
  square: ({ db }) => new Square(db, systemClock),
};
