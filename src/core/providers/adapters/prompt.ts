import type { ImageSpec } from "../media.ts";

/** Adds the style to the prompt, for vendors without a style parameter. */
export const withStyle = (prompt: string, style: string | undefined): string =>
  style ? `${prompt}\n\nStyle: ${style}` : prompt;

/** Adds style and negative prompt to the prompt, for vendors that accept only one text. */
export const wholePrompt = ({ prompt, style, negativePrompt }: ImageSpec): string =>
  negativePrompt ? `${withStyle(prompt, style)}\n\nAvoid: ${negativePrompt}` : withStyle(prompt, style);
