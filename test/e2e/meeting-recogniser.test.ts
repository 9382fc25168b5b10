import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type MeetingClient, newMeetingClient } from "../support/meeting-client.ts";
import { hasRecogniser, startRecogniser, synthesize, WAV_HEAD } from "../support/recogniser.ts";
import { startServer, type TestServer } from "../support/server.ts";

/** Returns the share of recognised words, 0 to 1. A small recogniser makes some mistakes. */
const understood = (said: string, text: string): number => {
  const words = said.split(" ");
  const heard = new Set(text.toLowerCase().split(/\W+/));
  return words.filter((word) => heard.has(word)).length / words.length;
};

describe.skipIf(!hasRecogniser())("speech, with a real recogniser", () => {
  let recogniser: Awaited<ReturnType<typeof startRecogniser>>;
  let server: TestServer;
  let client: MeetingClient;

  beforeAll(async () => {
    recogniser = await startRecogniser();
    server = await startServer({ vars: recogniser.vars });
    client = await newMeetingClient(server.origin);
  });

  afterAll(async () => {
    await server?.stop();
    await recogniser?.stop();
  });

  it.each([
    ["wav", "please open the window and close the door"],
    ["pcm", "the meeting will start at nine in the morning"],
    ["pcm", "the weather is very nice today and we will go to the park"],
  ])("becomes text (%s: %s)", async (format, sentence) => {
    const wav = await synthesize(sentence);
    const audio = format === "wav" ? wav : wav.subarray(WAV_HEAD);
    const { status, code, data } = await client.post<{ text: string }>("/ai/speech/recognize", {
      audio_data: audio.toString("base64"),
      audio_format: format,
      sample_rate: 16_000,
      language: "en",
    });
    expect([status, code]).toEqual([200, 200]);
    expect(data).toMatchObject({ language: "en", model: "pocketsphinx", confidence: null, segments: [] });
    expect(understood(sentence, data.text), data.text).toBeGreaterThanOrEqual(0.6);
  });
});
