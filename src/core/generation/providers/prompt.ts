import type { ImageSpec } from "./spec.ts";

/** For vendors without a word for style. */
export const withStyle = (prompt: string, style: string | undefined): string =>
  style ? `${prompt}\n\nStyle: ${style}` : prompt;

/** For vendors that take one text and nothing beside it. */
export const wholePrompt = ({ prompt, style, negativePrompt }: ImageSpec): string =>
  negativePrompt ? `${withStyle(prompt, style)}\n\nAvoid: ${negativePrompt}` : withStyle(prompt, style);
