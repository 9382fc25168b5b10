import type { Env } from "../../platform/bindings.ts";
import type { Settings } from "../../platform/settings.ts";
import {
  HuggingFaceClassifier,
  OpenAiRecogniser,
  Speech,
  WorkersAiRecogniser,
} from "./domain/speech/index.ts";

const bare = (url: string): string => url.replace(/\/+$/, "");

/** Builds the speech service from the recogniser and classifier that are configured. */
export const buildSpeech = (env: Env, s: Settings): Speech => {
  const apiKey = s.SPEECH_API_KEY ?? s.OPENAI_API_KEY;
  const baseUrl = bare(s.SPEECH_API_URL ?? s.OPENAI_API_URL ?? "https://api.openai.com");
  // The types of the binding list each model by name; the recogniser validates the answers itself.
  const ai = env.AI as unknown as ConstructorParameters<typeof WorkersAiRecogniser>[0] | undefined;
  const recogniser = apiKey
    ? new OpenAiRecogniser({ baseUrl, apiKey, model: s.SPEECH_MODEL })
    : ai && new WorkersAiRecogniser(ai);
  const classifier =
    s.EMOTION_API_KEY && s.EMOTION_MODEL
      ? new HuggingFaceClassifier({
          baseUrl: bare(s.EMOTION_API_URL ?? "https://router.huggingface.co/hf-inference"),
          apiKey: s.EMOTION_API_KEY,
          model: s.EMOTION_MODEL,
        })
      : undefined;
  return new Speech(recogniser, classifier);
};
