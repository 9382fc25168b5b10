/**
 * A fake of OpenAI's transcriptions and of Hugging Face's audio classification. The model's name selects the
 * behaviour.
 */
import { serveFake } from "./http.ts";
import { formFields } from "./openai-api.ts";
import { assertDocumented } from "./vendor.ts";

const KEY = "sk-speech-test";

export const startSpeechApi = async () => {
  const fake = await serveFake(({ method, url, headers, body }) => {
    if (headers.authorization !== `Bearer ${KEY}`) return { status: 401, body: { error: "no such key" } };
    assertDocumented(method === "POST", method);
    const [, model] = /^\/models\/(.+)$/.exec(url.pathname) ?? [];
    if (model) {
      assertDocumented(headers["content-type"] === "audio/wav" && body.startsWith("RIFF"), "a WAV file");
      if (model === "org/loading")
        return { status: 503, body: { error: "Model is loading", estimated_time: 20 } };
      if (model === "org/odd") return { body: { hello: 1 } };
      return {
        body: [
          { label: "neu", score: 0.3 },
          { label: "hap", score: 0.7 },
        ],
      };
    }
    assertDocumented(url.pathname === "/v1/audio/transcriptions", url.pathname);
    const { file, model: asked, response_format, language, ...unknown } = formFields(body);
    assertDocumented(Object.keys(unknown).length === 0, `fields ${Object.keys(unknown)}`);
    assertDocumented(file === "audio/wav" && body.includes("RIFF"), "a WAV file");
    assertDocumented(
      ["json", "verbose_json", "text", "srt", "vtt"].includes(response_format ?? ""),
      "response_format",
    );
    if (asked === "whisper-busy") return { status: 429, body: { error: { message: "slow down" } } };
    if (asked === "whisper-bad")
      return { status: 400, body: { error: { message: "Audio file is too short" } } };
    if (asked === "whisper-odd") return { body: { hello: 1 } };
    assertDocumented(language === undefined || language === "zh", "language");
    return {
      body: {
        task: "transcribe",
        text: " 大家好",
        language: "zh",
        segments: [{ id: 0, start: 0, end: 1.5, text: " 大家好", avg_logprob: -0.1 }],
      },
    };
  });
  return {
    ...fake,
    vars: {
      SPEECH_API_URL: fake.origin,
      SPEECH_API_KEY: KEY,
      SPEECH_MODEL: "whisper-test",
      EMOTION_API_URL: fake.origin,
      EMOTION_API_KEY: KEY,
      EMOTION_MODEL: "org/emotion",
    },
  };
};
