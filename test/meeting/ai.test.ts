import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { handle } from "../../src/app.ts";
import { readAudio, writeAudio, writeWav } from "../../src/products/meeting/domain/speech/audio.ts";
import { WorkersAiRecogniser } from "../../src/products/meeting/domain/speech/index.ts";
import type { Fakes } from "../support/fakes/index.ts";
import { as, call, type MeetingUser, newMeetingUser } from "../support/meeting.ts";
import { speechLike } from "../support/speech.ts";

const fakes = JSON.parse(env.FAKES) as Fakes;
const sound = { sampleRate: 16_000, channels: [speechLike(16_000, 2)] };
const wav = Buffer.from(writeWav(sound)).toString("base64");
const pcm = Buffer.from(writeAudio(sound, "pcm")).toString("base64");

let user: MeetingUser;
beforeAll(async () => {
  user = await newMeetingUser();
});

/** Sends one request to the Worker with other settings. */
const askWith = async (vars: Record<string, string>, path: string, body: object) => {
  const request = new Request(`http://localhost/api/v1${path}`, as(user, "POST", body));
  const response = await handle(request, { ...env, ...vars }, createExecutionContext());
  return {
    status: response.status,
    body: (await response.json()) as { code: number; data: Record<string, unknown> },
  };
};

describe("audio enhancement", () => {
  it.each([
    ["wav", wav],
    ["pcm", pcm],
  ])("answers in the format of the request (%s)", async (audio_format, audio_data) => {
    for (const enhancement_type of ["denoise", "normalize"]) {
      const asked = { audio_data, audio_format, sample_rate: 16_000, enhancement_type };
      const { status, data } = await call<{ audio_data: string; sample_rate: number }>(
        "/ai/audio/enhance",
        as(user, "POST", asked),
      );
      expect(status).toBe(200);
      expect(data).toMatchObject({ audio_format, sample_rate: 16_000, enhancement_type });
      const bytes = new Uint8Array(Buffer.from(data.audio_data, "base64"));
      const read = await readAudio(bytes, audio_format as "wav" | "pcm", 16_000);
      expect(read.ok && read.value.channels[0]?.length).toBe(32_000);
    }
  });

  it.each([
    [{ audio_data: wav, enhancement_type: "dereverb" }, 400],
    [{ audio_data: "!!!" }, 4_002],
    [{ audio_data: "aGVsbG8=" }, 4_002],
    // Base64 may contain blanks. A megabyte of them in an invalid text must not slow down the check.
    [{ audio_data: `A${" ".repeat(1_000_000)}!` }, 4_002],
    [{ audio_data: pcm, audio_format: "pcm" }, 4_002],
    [{ audio_data: pcm, audio_format: "mp3" }, 400],
    [{}, 400],
  ])("refuses invalid audio and unsupported options (%#)", async (asked, code) => {
    const { status, body } = await call("/ai/audio/enhance", as(user, "POST", asked));
    expect([status, body.code]).toEqual([400, code]);
  });
});

describe("emotion detection", () => {
  it("is estimated from prosody, and says so", async () => {
    const asked = { audio_data: wav, audio_format: "wav", sample_rate: 16_000 };
    const { status, data } = await call<{ confidence: number }>(
      "/ai/emotion/detect",
      as(user, "POST", asked),
    );
    expect(status).toBe(200);
    expect(data).toMatchObject({ emotion: expect.any(String), model: "prosody", scores: expect.any(Object) });
    expect(data.confidence).toBeLessThanOrEqual(0.6);
    const silence = Buffer.from(writeWav({ sampleRate: 16_000, channels: [new Float32Array(16_000)] }));
    const none = await call(
      "/ai/emotion/detect",
      as(user, "POST", { audio_data: silence.toString("base64") }),
    );
    expect(none.body).toMatchObject({ code: 4_002, error: "no speech was found in the audio" });
  });

  it("uses a classifier when one is configured", async () => {
    const vars = { ...fakes.speech.vars };
    const said = await askWith(vars, "/ai/emotion/detect", { audio_data: wav });
    expect(said).toMatchObject({
      status: 200,
      body: {
        data: { emotion: "hap", confidence: 0.7, scores: { hap: 0.7, neu: 0.3 }, model: "org/emotion" },
      },
    });
    const loading = await askWith({ ...vars, EMOTION_MODEL: "org/loading" }, "/ai/emotion/detect", {
      audio_data: wav,
    });
    expect([loading.status, loading.body.code]).toEqual([503, 4_001]);
    const odd = await askWith({ ...vars, EMOTION_MODEL: "org/odd" }, "/ai/emotion/detect", {
      audio_data: wav,
    });
    expect([odd.status, odd.body.code]).toEqual([500, 4_002]);
  });
});

describe("speech recognition", () => {
  it("is 4001 without a recogniser", async () => {
    const { status, body } = await call(
      "/ai/speech/recognize",
      as(user, "POST", { audio_data: wav, language: "zh" }),
    );
    expect([status, body.code]).toEqual([503, 4_001]);
  });

  it("uses a recogniser when one is configured, and sends it a WAV file", async () => {
    const asked = { audio_data: pcm, audio_format: "pcm", sample_rate: 16_000, language: "zh" };
    const said = await askWith({ ...fakes.speech.vars }, "/ai/speech/recognize", asked);
    expect(said).toMatchObject({
      status: 200,
      body: {
        data: {
          text: "大家好",
          segments: [{ start: 0, end: 1.5, text: "大家好" }],
          language: "zh",
          model: "whisper-test",
        },
      },
    });
    expect(said.body.data.confidence).toBeCloseTo(Math.exp(-0.1), 5);
  });

  it("sends only the primary language of a tag to the recogniser", async () => {
    for (const language of ["zh-CN", "zh_TW", "ZH-Hant-HK"]) {
      const asked = { audio_data: pcm, audio_format: "pcm", sample_rate: 16_000, language };
      // Like Whisper, the fake accepts only `zh`.
      expect((await askWith({ ...fakes.speech.vars }, "/ai/speech/recognize", asked)).status).toBe(200);
    }
    const heard: unknown[] = [];
    const workersAi = new WorkersAiRecogniser({
      run: (_, { language }) => {
        heard.push(language);
        return Promise.resolve({ text: " 大家好" });
      },
    });
    const { signal } = new AbortController();
    for (const tag of ["zh-CN", "yue", undefined]) await workersAi.recognise(new Uint8Array(44), tag, signal);
    expect(heard).toEqual(["zh", "yue", undefined]);
  });

  it.each([
    ["wrong-key", {}, 503, 4_001],
    ["whisper-busy", { SPEECH_MODEL: "whisper-busy" }, 503, 4_001],
    ["whisper-bad", { SPEECH_MODEL: "whisper-bad" }, 400, 4_002],
    ["whisper-odd", { SPEECH_MODEL: "whisper-odd" }, 500, 4_002],
    ["nowhere", { SPEECH_API_URL: "http://127.0.0.1:9" }, 503, 4_001],
  ])("reports the cause of a failure (%s)", async (name, change, status, code) => {
    const vars = {
      ...fakes.speech.vars,
      ...change,
      ...(name === "wrong-key" ? { SPEECH_API_KEY: "wrong" } : {}),
    };
    const said = await askWith(vars, "/ai/speech/recognize", { audio_data: wav });
    expect([said.status, said.body.code]).toEqual([status, code]);
  });
});
