import { openai } from "./adapters/openai-chat.ts";
import { dalle } from "./adapters/openai-images.ts";
import { runway } from "./adapters/runway.ts";
import { sandbox } from "./adapters/sandbox.ts";
import { sora } from "./adapters/sora.ts";
import { stability } from "./adapters/stability.ts";
import { veo } from "./adapters/veo.ts";
import { workersAi } from "./adapters/workers-ai.ts";

/**
 * All providers, in the order in which they are tried if the client names no model, or if the named model's provider
 * has no credentials.
 */
export const REGISTRY = [sora, veo, runway, stability, dalle, openai, workersAi, sandbox] as const;

/** A provider of the registry. */
export type RegisteredName = (typeof REGISTRY)[number]["name"];
