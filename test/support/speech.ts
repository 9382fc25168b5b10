interface Voice {
  /** Hz */
  readonly pitch: number;
  /** Per second. */
  readonly syllables: number;
  readonly level: number;
}

/** Centre frequencies in Hz of the first three formants of five vowels. */
const VOWELS = [
  [730, 1_090, 2_440],
  [530, 1_840, 2_480],
  [270, 2_290, 3_010],
  [570, 840, 2_410],
  [300, 870, 2_240],
] as const;

const random = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
};

/** Returns noise with mean zero that is the same on each call. */
export const whiteNoise = (length: number): Float32Array => {
  const next = random(7);
  return Float32Array.from({ length }, () => next() + next() + next() - 1.5);
};

/**
 * Returns a signal similar to a voice: pulses of a gliding pitch, filtered by formants that change with each
 * syllable, with pauses.
 */
export const speechLike = (
  sampleRate: number,
  seconds: number,
  { pitch, syllables, level }: Voice = { pitch: 130, syllables: 4, level: 0.3 },
): Float32Array => {
  const length = Math.round(sampleRate * seconds);
  const out = new Float32Array(length);
  const memories = [0, 1, 2].map(() => ({ y1: 0, y2: 0 }));
  let phase = 0;
  for (let i = 0; i < length; i++) {
    const time = i / sampleRate;
    const at = time * syllables;
    const syllable = Math.floor(at);
    const inside = at - syllable;
    const isPause = syllable % 6 === 5;
    const envelope = isPause ? 0 : Math.sin(Math.PI * Math.min(1, inside * 1.15)) ** 0.7;
    const hz =
      pitch * (1 + 0.12 * Math.sin(2 * Math.PI * 0.7 * time) + 0.03 * Math.sin(2 * Math.PI * 5 * time));
    phase += hz / sampleRate;
    const pulse = phase >= 1 ? 1 : 0;
    if (phase >= 1) phase -= 1;
    const vowel = VOWELS[(syllable * 7) % VOWELS.length] ?? VOWELS[0];
    let sum = 0;
    for (const [n, formant] of vowel.entries()) {
      const memory = memories[n];
      if (!memory || formant > sampleRate / 2.2) continue;
      const radius = Math.exp((-Math.PI * (60 + 40 * n)) / sampleRate);
      const y =
        pulse +
        2 * radius * Math.cos((2 * Math.PI * formant) / sampleRate) * memory.y1 -
        radius * radius * memory.y2;
      memory.y2 = memory.y1;
      memory.y1 = y;
      sum += y / (n + 1);
    }
    out[i] = sum * envelope;
  }
  const peak = out.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-9);
  return out.map((value) => (value / peak) * level);
};
