export { findWaveSound, isWave, type WaveSound } from "./find.ts";
export { type ReadSample, sampleReaderOf, type WaveCoding, type WaveFormat } from "./format.ts";
