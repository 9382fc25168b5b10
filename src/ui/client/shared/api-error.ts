import { words } from "./language.ts";

/** A refusal by an API: the API's error code and a message for people. */
export class ApiError<Code extends string | number = string | number> extends Error {
  constructor(
    readonly code: Code,
    message: string,
  ) {
    super(message);
  }
}

/** Returns the message to show for an error. Any other error is a bug, and its message would not help people. */
export const messageOf = (error: unknown): string =>
  error instanceof ApiError ? error.message : words.somethingWrong;
