import { words } from "./language.ts";

/** What an interface refused: its code there, and its words for people. */
export class ApiError<Code extends string | number = string | number> extends Error {
  constructor(
    readonly code: Code,
    message: string,
  ) {
    super(message);
  }
}

/** What to tell people: a fault of our own says nothing that helps them. */
export const messageOf = (error: unknown): string =>
  error instanceof ApiError ? error.message : words.somethingWrong;
