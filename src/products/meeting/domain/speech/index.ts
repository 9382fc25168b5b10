export { AUDIO_FORMATS, type AudioFormat, MAX_SECONDS } from "./audio.ts";
export { HuggingFaceClassifier } from "./recognisers/hugging-face.ts";
export { OpenAiRecogniser } from "./recognisers/openai.ts";
export type { EmotionClassifier, Recogniser, Transcript } from "./recognisers/spec.ts";
export { WorkersAiRecogniser } from "./recognisers/workers-ai.ts";
export { type AudioInput, ENHANCEMENTS, Speech } from "./speech.ts";
