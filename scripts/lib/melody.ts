import { writeWav } from "../../src/products/meeting/domain/speech/audio.ts";

const SAMPLE_RATE = 22_050;
const BEAT_SECONDS = 0.3;
/** Four broken chords, up and down, in semitones above A3, with one note for each beat. */
const CHORDS = [
  [0, 7, 12, 16, 19, 16, 12, 7],
  [5, 9, 12, 17, 21, 17, 12, 9],
  [7, 11, 14, 19, 23, 19, 14, 11],
  [0, 7, 12, 16, 24, 16, 12, 0],
];
const LOWEST_HZ = 220;
const OVERTONES = [1, 0.35, 0.12];
const LOUDNESS = 0.3;
/** The time constant of a string's decay: its loudness falls to 1/e, about a third, in this time. */
const DECAY_SECONDS = 0.6;

/** Returns a plucked melody of about ten seconds as a WAV file, for the demo track. */
export const melodyWav = (): Uint8Array<ArrayBuffer> => {
  const notes = CHORDS.flat();
  const samples = new Float32Array(Math.ceil((notes.length * BEAT_SECONDS + 1) * SAMPLE_RATE));
  for (const [beat, semitones] of notes.entries()) {
    const start = Math.round(beat * BEAT_SECONDS * SAMPLE_RATE);
    const hertz = LOWEST_HZ * 2 ** (semitones / 12);
    for (let i = 0; start + i < samples.length && i < SAMPLE_RATE; i++) {
      const seconds = i / SAMPLE_RATE;
      const tone = OVERTONES.reduce(
        (sum, part, n) => sum + part * Math.sin(2 * Math.PI * hertz * (n + 1) * seconds),
        0,
      );
      samples[start + i] = (samples[start + i] ?? 0) + LOUDNESS * tone * Math.exp(-seconds / DECAY_SECONDS);
    }
  }
  return writeWav({ sampleRate: SAMPLE_RATE, channels: [samples] });
};
