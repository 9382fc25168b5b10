import { defineProvider } from "../define.ts";
import { WorkersAiChat } from "./workers-ai-chat.ts";
import { WorkersAiImagesProvider } from "./workers-ai-images.ts";

/** As of 2026-11-20. It needs no credentials, only the AI binding. */
export const workersAi = defineProvider({
  name: "workers-ai",
  label: "Workers AI",
  settings: [],
  models: {
    image: [
      {
        id: "flux-1-schnell",
        vendorModel: "@cf/black-forest-labs/flux-1-schnell",
        aliases: ["flux", "workers-ai", "@cf/black-forest-labs/flux-1-schnell"],
      },
      {
        id: "sdxl-workers-ai",
        vendorModel: "@cf/stabilityai/stable-diffusion-xl-base-1.0",
        aliases: ["@cf/stabilityai/stable-diffusion-xl-base-1.0"],
      },
    ],
    assistant: [
      {
        id: "llama-3.3-70b",
        vendorModel: "@cf/meta/llama-3.3-70b-instruct-fp8-fast",
        aliases: ["workers-ai", "@cf/meta/llama-3.3-70b-instruct-fp8-fast"],
      },
    ],
  },
  create: (_, { ai }) => ai && { image: new WorkersAiImagesProvider(ai), assistant: new WorkersAiChat(ai) },
});
