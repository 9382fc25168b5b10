/** The characters of new codes. `I`, `O`, `0` and `1` are left out, because they are easy to misread in print. */
const ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const LENGTH = 12;
const FORMAT = /^[A-Z0-9]{12}$/;
/** Longer input is refused before it is trimmed: it cannot be a code with a few spaces around it. */
const MAX_INPUT = 64;

/** Returns the normalized code, or undefined if the input cannot be a code. Needs no storage. */
export const normalizeCode = (input: string): string | undefined => {
  if (FORMAT.test(input)) return input;
  if (input.length > MAX_INPUT) return undefined;
  const code = input.trim().toUpperCase();
  return FORMAT.test(code) ? code : undefined;
};

/** Returns a new code: 12 characters with 60 random bits. */
export const newCode = (): string => {
  const bytes = crypto.getRandomValues(new Uint8Array(LENGTH));
  let code = "";
  // 256 is a multiple of the alphabet's 32 characters, so every character is equally likely.
  for (const byte of bytes) code += ALPHABET[byte % ALPHABET.length];
  return code;
};
