type Rgb = readonly [red: number, green: number, blue: number];
/** Four colours, from the darkest to the lightest. */
type Palette = readonly [Rgb, Rgb, Rgb, Rgb];

/** Palettes by subject of the prompt. The first one with a matching word is used. */
const MOODS: readonly (readonly [words: RegExp, palette: Palette])[] = [
  [
    /sea|ocean|water|lake|river|海|水|湖|河|江/i,
    [
      [4, 24, 64],
      [10, 82, 140],
      [40, 160, 190],
      [214, 244, 236],
    ],
  ],
  [
    /night|star|moon|space|galaxy|夜|星|月|宇宙/i,
    [
      [6, 6, 26],
      [34, 24, 84],
      [96, 60, 150],
      [240, 220, 255],
    ],
  ],
  [
    /forest|grass|tree|meadow|garden|森林|草|树|花园|田野/i,
    [
      [8, 40, 24],
      [32, 96, 48],
      [120, 176, 72],
      [240, 244, 190],
    ],
  ],
  [
    /fire|sun|sunset|desert|火|太阳|日落|夕阳|沙漠/i,
    [
      [48, 8, 20],
      [156, 36, 30],
      [244, 130, 48],
      [255, 232, 170],
    ],
  ],
  [
    /snow|ice|winter|mountain|雪|冰|冬|山/i,
    [
      [32, 52, 84],
      [104, 140, 180],
      [188, 212, 232],
      [252, 254, 255],
    ],
  ],
  [
    /city|neon|street|robot|cyber|城市|街|霓虹|机器人/i,
    [
      [12, 10, 34],
      [92, 20, 120],
      [230, 40, 140],
      [80, 236, 240],
    ],
  ],
  [
    /flower|love|spring|cat|dog|花|爱|春|猫|狗/i,
    [
      [70, 22, 60],
      [178, 60, 110],
      [248, 150, 150],
      [255, 236, 214],
    ],
  ],
];

const OTHERS: readonly Palette[] = [
  [
    [16, 22, 58],
    [58, 64, 158],
    [220, 110, 140],
    [255, 226, 180],
  ],
  [
    [10, 40, 50],
    [20, 110, 110],
    [240, 180, 90],
    [255, 244, 214],
  ],
  [
    [40, 16, 60],
    [110, 50, 160],
    [240, 120, 100],
    [255, 230, 160],
  ],
  [
    [20, 30, 30],
    [70, 100, 90],
    [190, 190, 130],
    [250, 246, 220],
  ],
];

export const LEVELS = 256;

const paletteOf = (prompt: string, random: number): Palette =>
  MOODS.find(([words]) => words.test(prompt))?.[1] ??
  OTHERS[Math.floor(random * OTHERS.length)] ??
  (OTHERS[0] as Palette);

/** Returns 256 RGB colours (three bytes each) from dark to light that fit the subject of the prompt. */
export const gradientOf = (prompt: string, random: number): Uint8Array => {
  const stops = paletteOf(prompt, random);
  const colours = new Uint8Array(LEVELS * 3);
  for (let i = 0; i < LEVELS; i++) {
    const position = (i / (LEVELS - 1)) * (stops.length - 1);
    const from = stops[Math.floor(position)] ?? stops[0];
    const to = stops[Math.min(stops.length - 1, Math.floor(position) + 1)] ?? from;
    const part = position - Math.floor(position);
    for (let channel = 0; channel < 3; channel++)
      colours[i * 3 + channel] = Math.round((from[channel] ?? 0) * (1 - part) + (to[channel] ?? 0) * part);
  }
  return colours;
};
