import { describe, expect, it } from "vitest";
import {
  readAudio,
  type Sound,
  toMono,
  writeAudio,
  writeWav,
} from "../../../src/products/meeting/domain/speech/audio.ts";
import { denoise } from "../../../src/products/meeting/domain/speech/denoise.ts";
import { loudnessOf, normalize, TARGET_LUFS } from "../../../src/products/meeting/domain/speech/loudness.ts";
import { EMOTIONS, estimateEmotion } from "../../../src/products/meeting/domain/speech/prosody.ts";
import { resample } from "../../../src/products/meeting/domain/speech/resample.ts";
import { speechLike, whiteNoise } from "../../support/speech.ts";

const powerOf = (samples: Float32Array): number => samples.reduce((sum, value) => sum + value * value, 0);

/** Signal-to-noise ratio in dB: the part of `heard` that is proportional to `clean`, against the rest. */
const snr = (clean: Float32Array, heard: Float32Array): number => {
  let product = 0;
  for (let i = 0; i < clean.length; i++) product += (clean[i] ?? 0) * (heard[i] ?? 0);
  const gain = product / powerOf(clean);
  const noise = heard.map((value, i) => value - gain * (clean[i] ?? 0));
  return 10 * Math.log10((gain * gain * powerOf(clean)) / powerOf(noise));
};

const mixed = (clean: Float32Array, decibels: number): Float32Array => {
  const noise = whiteNoise(clean.length);
  const gain = Math.sqrt(powerOf(clean) / powerOf(noise) / 10 ** (decibels / 10));
  return clean.map((value, i) => value + gain * (noise[i] ?? 0));
};

const tone = (hz: number, sampleRate: number, seconds: number, amplitude = 0.5): Float32Array =>
  Float32Array.from(
    { length: sampleRate * seconds },
    (_, i) => amplitude * Math.sin((2 * Math.PI * hz * i) / sampleRate),
  );

const soundIn = (read: Awaited<ReturnType<typeof readAudio>>): Sound => {
  if (!read.ok) throw new Error(JSON.stringify(read.error));
  return read.value;
};

describe("noise suppression", () => {
  it.each([48_000, 16_000, 44_100])(
    "improves the signal-to-noise ratio of speech in white noise at 3 dB by at least 6 dB (%i Hz)",
    async (sampleRate) => {
      const clean = speechLike(sampleRate, 6);
      const noisy = mixed(clean, 3);
      const { channels } = await denoise({ sampleRate, channels: [noisy] });
      const [heard = new Float32Array()] = channels;
      expect(heard.length).toBe(clean.length);
      const [before, after] = [snr(clean, noisy), snr(clean, heard)];
      expect(before).toBeCloseTo(3, 0);
      expect(after - before).toBeGreaterThanOrEqual(6);
    },
  );

  it("keeps both channels separate", async () => {
    const left = speechLike(48_000, 2);
    const right = new Float32Array(left.length);
    const { channels } = await denoise({ sampleRate: 48_000, channels: [left, right] });
    expect(channels.map(({ length }) => length)).toEqual([left.length, left.length]);
    expect(powerOf(channels[1] ?? left)).toBeLessThan(1e-3);
    expect(snr(left, channels[0] ?? right)).toBeGreaterThan(5);
  });
});

describe("loudness", () => {
  it("of a 997 Hz sine at -20 dBFS in one channel is -23 LUFS, and -20 in two", () => {
    const samples = tone(997, 48_000, 3, 0.1);
    // ITU-R BS.1770: a full-scale sine in one channel has -3.01 LUFS.
    expect(loudnessOf({ sampleRate: 48_000, channels: [samples] })).toBeCloseTo(-23, 1);
    expect(loudnessOf({ sampleRate: 48_000, channels: [samples, samples] })).toBeCloseTo(-20, 1);
  });

  it("does not count silence around speech", () => {
    const samples = tone(997, 16_000, 3, 0.1);
    const padded = new Float32Array(samples.length * 3);
    padded.set(samples, samples.length);
    const alone = loudnessOf({ sampleRate: 16_000, channels: [samples] }) ?? 0;
    expect(loudnessOf({ sampleRate: 16_000, channels: [padded] })).toBeCloseTo(alone, 0);
  });

  it("is adjusted to the target without clipping, and silence stays silence", () => {
    const quiet = { sampleRate: 16_000, channels: [speechLike(16_000, 3).map((value) => value * 0.02)] };
    expect(loudnessOf(normalize(quiet))).toBeCloseTo(TARGET_LUFS, 1);
    const spiky = { sampleRate: 16_000, channels: [tone(500, 16_000, 2, 0.001)] };
    (spiky.channels[0] as Float32Array)[100] = 0.5;
    const peak = Math.max(...(normalize(spiky).channels[0] ?? []));
    expect(peak).toBeLessThanOrEqual(0.8913);
    const silence = { sampleRate: 16_000, channels: [new Float32Array(16_000)] };
    expect(normalize(silence)).toEqual(silence);
  });
});

describe("emotion by prosody", () => {
  it("has scores with a sum of 1, and a limited confidence", () => {
    const { emotion, confidence, scores } = estimateEmotion({
      sampleRate: 16_000,
      channels: [speechLike(16_000, 4)],
    }) ?? {
      emotion: "none",
      confidence: 1,
      scores: {},
    };
    expect(EMOTIONS).toContain(emotion);
    expect(confidence).toBeLessThanOrEqual(0.6);
    expect(Object.values(scores).reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
  });

  it("rates a loud, high and fast voice as more excited than a soft, low and slow one", () => {
    const excitedOf = (samples: Float32Array): number => {
      const { scores } = estimateEmotion({ sampleRate: 16_000, channels: [samples] }) ?? {};
      return scores ? scores.angry + scores.happy + scores.fearful - scores.sad - scores.calm : Number.NaN;
    };
    const loud = speechLike(16_000, 4, { pitch: 260, syllables: 7, level: 0.6 });
    const soft = speechLike(16_000, 4, { pitch: 95, syllables: 2, level: 0.03 });
    expect(excitedOf(loud)).toBeGreaterThan(excitedOf(soft) + 0.3);
  });

  it("detects no speaker in silence", () => {
    expect(estimateEmotion({ sampleRate: 16_000, channels: [new Float32Array(32_000)] })).toBeUndefined();
  });
});

describe("resampling", () => {
  it.each([
    [16_000, 48_000],
    [44_100, 48_000],
    [48_000, 16_000],
  ])("keeps a tone and its duration (%i to %i)", (from, to) => {
    const there = resample(tone(440, from, 1), from, to);
    expect(there.length).toBe(to);
    expect(snr(tone(440, to, 1).slice(500, -500), there.slice(500, -500))).toBeGreaterThan(40);
  });

  it("removes frequencies that the new rate cannot represent", () => {
    const high = resample(tone(7_000, 48_000, 1), 48_000, 8_000);
    expect(Math.sqrt(powerOf(high.slice(100, -100)) / high.length)).toBeLessThan(0.01);
  });
});

describe("audio", () => {
  it("is unchanged after writing and reading WAV and PCM", async () => {
    const sound = { sampleRate: 16_000, channels: [tone(300, 16_000, 0.1), tone(500, 16_000, 0.1)] };
    const wav = soundIn(await readAudio(writeWav(sound), "wav", undefined));
    expect(wav.sampleRate).toBe(16_000);
    expect(wav.channels).toHaveLength(2);
    expect(snr(sound.channels[1] as Float32Array, wav.channels[1] as Float32Array)).toBeGreaterThan(80);
    const mono = { sampleRate: 8_000, channels: [tone(300, 8_000, 0.1)] };
    expect(soundIn(await readAudio(writeAudio(mono, "pcm"), "pcm", 8_000)).channels[0]?.length).toBe(800);
    expect(toMono(sound).length).toBe(1_600);
  });

  it.each([8, 24, 32])("reads WAV of %i bits", async (bits) => {
    const bytes = new Uint8Array(44 + (bits / 8) * 4);
    bytes.set(writeWav({ sampleRate: 16_000, channels: [new Float32Array(2)] }).slice(0, 44));
    const view = new DataView(bytes.buffer);
    view.setUint16(34, bits, true);
    view.setUint32(40, (bits / 8) * 4, true);
    if (bits === 8) bytes.set([128, 192, 64, 128], 44);
    if (bits === 24) view.setUint8(44 + 5, 0x40);
    if (bits === 32) view.setInt32(48, 0x40000000, true);
    expect(soundIn(await readAudio(bytes, "wav", undefined)).channels[0]?.[1]).toBeCloseTo(0.5, 5);
  });

  it.each([
    [new Uint8Array(100), "wav", undefined],
    [new Uint8Array(0), "pcm", 16_000],
    [new Uint8Array(100), "pcm", undefined],
    [new Uint8Array(100), "pcm", 100],
    [new Uint8Array(16_000 * 2 * 181), "pcm", 16_000],
    [writeWav({ sampleRate: 16_000, channels: [new Float32Array(9)] }).slice(0, 40), "wav", undefined],
  ] as const)("that is invalid is undefined (%#)", async (bytes, format, rate) => {
    expect(await readAudio(bytes, format, rate)).toMatchObject({
      ok: false,
      error: { code: "ai_failed", isOurs: false },
    });
  });
});
