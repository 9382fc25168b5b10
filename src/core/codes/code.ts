/** 12 characters, no `I`, `O`, `0`, `1`: what new codes are made of, so that nobody misreads a printed one. */
const ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const LENGTH = 12;
const FORMAT = /^[A-Z0-9]{12}$/;
/** Longer input is no code with blanks around it. */
const MAX_INPUT = 64;

/** The code somebody meant, or undefined where it cannot be one. Never touches storage. */
export const normalizeCode = (input: string): string | undefined => {
  if (FORMAT.test(input)) return input;
  if (input.length > MAX_INPUT) return undefined;
  const code = input.trim().toUpperCase();
  return FORMAT.test(code) ? code : undefined;
};

/** A new code: 60 random bits. */
export const newCode = (): string => {
  const bytes = crypto.getRandomValues(new Uint8Array(LENGTH));
  let code = "";
  // 256 is a multiple of the alphabet's 32 letters: every letter is equally likely.
  for (const byte of bytes) code += ALPHABET[byte % ALPHABET.length];
  return code;
};
