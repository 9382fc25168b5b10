import { createRoute, z } from "@hono/zod-openapi";
import { limitBody, MIB } from "../../../http/body.ts";
import { newRouter } from "../../../http/validation.ts";
import type { Failure } from "../../../lib/domain-error.ts";
import { err, ok, type Result } from "../../../lib/result.ts";
import { AUDIO_FORMATS, type AudioInput, ENHANCEMENTS, MAX_SECONDS } from "../domain/speech/index.ts";
import { signedIn } from "../limits.ts";
import { fail, respond } from "../respond.ts";
import { reply } from "../to-wire.ts";
import { BEARER_SECURITY, data, errors, jsonBody, TAGS } from "./operation.ts";

/** The largest body, which carries the audio in base64. */
export const MAX_SPEECH_BODY = 16 * MIB;

const audioFields = {
  audio_data: z.string().min(1).openapi({ description: "base64" }),
  audio_format: z.enum(AUDIO_FORMATS).default("wav").openapi({
    description: "`pcm` is 16-bit little-endian mono at `sample_rate`; a WAV file contains its own rate",
  }),
  sample_rate: z.int().min(8_000).max(192_000).optional().openapi({ example: 16_000 }),
};

/** A 167 Hz tone for the examples: PCM at 8 kHz, where one period takes 6 ms. `periods` sets its length. */
const toneExample = (periods: number) => ({
  audio_data: `${"ABAAEAAQ".repeat(8)}${"APAA8ADw".repeat(8)}`.repeat(periods),
  audio_format: "pcm" as const,
  sample_rate: 8_000,
});

const LIMITS = `At most ${MAX_SECONDS} seconds and 16 MB of base64. A body that is not valid audio of the given format is answered with 4002.`;

const recogniseRoute = createRoute({
  method: "post",
  path: "/api/v1/ai/speech/recognize",
  operationId: "meetingRecognize",
  tags: [TAGS.ai],
  summary: "Recognize speech",
  description: `Uses the configured recogniser. If none is configured, the answer is 4001. ${LIMITS}`,
  security: BEARER_SECURITY,
  middleware: [signedIn, limitBody(MAX_SPEECH_BODY)] as const,
  request: {
    body: jsonBody(
      z
        .object({
          ...audioFields,
          language: z
            .string()
            .max(35)
            .regex(/^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$/)
            .optional()
            .openapi({
              example: "zh",
              description: "A BCP 47 tag; the recogniser receives only its language subtag",
            }),
        })
        .openapi("MeetingRecognize"),
      { ...toneExample(4), language: "zh" },
    ),
  },
  responses: {
    200: data(
      "The transcript",
      z
        .object({
          text: z.string(),
          confidence: z
            .number()
            .nullable()
            .openapi({ description: "0 to 1; null if the recogniser does not report it" }),
          segments: z.array(z.object({ start: z.number(), end: z.number(), text: z.string() })),
          language: z.string(),
          model: z.string(),
        })
        .openapi("MeetingTranscript"),
    ),
    ...errors(400, 401, 413, 503),
  },
});

const emotionRoute = createRoute({
  method: "post",
  path: "/api/v1/ai/emotion/detect",
  operationId: "meetingEmotion",
  tags: [TAGS.ai],
  summary: "Detect the emotion of a voice",
  description: `Uses the configured classifier. If none is configured, the result is an estimate from pitch, loudness and pace: its \`model\` is \`prosody\` and its confidence is always low. ${LIMITS}`,
  security: BEARER_SECURITY,
  middleware: [signedIn, limitBody(MAX_SPEECH_BODY)] as const,
  request: {
    body: jsonBody(z.object(audioFields).openapi("MeetingDetectEmotion"), toneExample(40)),
  },
  responses: {
    200: data(
      "The most likely emotion, and the score of each emotion",
      z
        .object({
          emotion: z.string().openapi({ example: "calm" }),
          confidence: z.number(),
          scores: z.record(z.string(), z.number()),
          model: z.string(),
        })
        .openapi("MeetingEmotion"),
    ),
    ...errors(400, 401, 413, 503),
  },
});

const enhanceRoute = createRoute({
  method: "post",
  path: "/api/v1/ai/audio/enhance",
  operationId: "meetingEnhance",
  tags: [TAGS.ai],
  summary: "Enhance audio",
  description: `\`denoise\` removes noise from speech (RNNoise); \`normalize\` brings the loudness to -23 LUFS (EBU R 128) without clipping. The result has the format of the input. ${LIMITS}`,
  security: BEARER_SECURITY,
  middleware: [signedIn, limitBody(MAX_SPEECH_BODY)] as const,
  request: {
    body: jsonBody(
      z
        .object({ ...audioFields, enhancement_type: z.enum(ENHANCEMENTS).default("denoise") })
        .openapi("MeetingEnhance"),
      { ...toneExample(4), enhancement_type: "normalize" },
    ),
  },
  responses: {
    200: data(
      "The enhanced audio",
      z
        .object({
          audio_data: z.string().openapi({ description: "base64" }),
          audio_format: z.enum(AUDIO_FORMATS),
          sample_rate: z.int(),
          enhancement_type: z.enum(ENHANCEMENTS),
        })
        .openapi("MeetingEnhanced"),
    ),
    ...errors(400, 401, 413),
  },
});

/** Matches no blanks: with them, the pattern would backtrack from each blank of a long text that is not base64. */
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

interface AskedAudio {
  readonly audio_data: string;
  readonly audio_format: AudioInput["format"];
  readonly sample_rate?: number | undefined;
}

const audioOf = ({
  audio_data,
  audio_format,
  sample_rate,
}: AskedAudio): Result<AudioInput, Failure<"ai_failed">> => {
  // Clients may send a data URL; its prefix is not part of the audio.
  const text = audio_data.replace(/^data:[^,;]{0,100};base64,/, "").replace(/\s+/g, "");
  if (!BASE64.test(text))
    return err({ code: "ai_failed", detail: "audio_data must be base64", isOurs: false });
  return ok({
    bytes: new Uint8Array(Buffer.from(text, "base64")),
    format: audio_format,
    sampleRate: sample_rate,
  });
};

export const ai = newRouter()
  .openapi(recogniseRoute, async (c) => {
    const { language, ...asked } = c.req.valid("json");
    const audio = audioOf(asked);
    if (!audio.ok) return fail(c, audio.error);
    const said = await c.get("services").speech.recognise(audio.value, language);
    return respond(c, said, (value) => reply(c, { ...value, segments: [...value.segments] }));
  })
  .openapi(emotionRoute, async (c) => {
    const audio = audioOf(c.req.valid("json"));
    if (!audio.ok) return fail(c, audio.error);
    const heard = await c.get("services").speech.emotion(audio.value);
    return respond(c, heard, (value) => reply(c, { ...value, scores: { ...value.scores } }));
  })
  .openapi(enhanceRoute, async (c) => {
    const { enhancement_type, ...asked } = c.req.valid("json");
    const audio = audioOf(asked);
    if (!audio.ok) return fail(c, audio.error);
    const better = await c.get("services").speech.enhance(audio.value, enhancement_type);
    if (!better.ok) return fail(c, better.error);
    return reply(c, {
      audio_data: Buffer.from(better.value.bytes).toString("base64"),
      audio_format: asked.audio_format,
      sample_rate: better.value.sampleRate,
      enhancement_type,
    });
  });
