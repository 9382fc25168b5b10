const EVERY_MS = 150;
/** A pause between two words, up to which the speaker still counts as speaking. */
const PAUSE_MS = 700;
/** Root mean square of samples between -1 and 1. Quiet speech into a laptop is above this level, its fan below. */
const SPEECH_LEVEL = 0.02;

let context: AudioContext | undefined;

/** Calls `onChange` when speech in the stream begins and ends. Returns a function that stops watching. */
export const watchSpeech = (stream: MediaStream, onChange: (speaks: boolean) => void): (() => void) => {
  context ??= new AudioContext();
  void context.resume();
  const source = context.createMediaStreamSource(stream);
  const analyser = new AnalyserNode(context, { fftSize: 1_024 });
  source.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  let heardAt = Number.NEGATIVE_INFINITY;
  let speaks = false;
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
    if (Math.sqrt(power) > SPEECH_LEVEL) heardAt = performance.now();
    const now = performance.now() - heardAt < PAUSE_MS;
    if (now !== speaks) onChange(now);
    speaks = now;
  }, EVERY_MS);
  return () => {
    clearInterval(timer);
    source.disconnect();
  };
};
