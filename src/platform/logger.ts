export type LogFields = Record<string, string | number | boolean | null | undefined>;

/**
 * Writes one JSON line to the log. Fields are ids, routes and numbers; never a secret, a token or an e-mail address.
 */
export const log = (level: "info" | "warn" | "error", event: string, fields: LogFields = {}): void => {
  const line = JSON.stringify({ level, event, at: new Date().toISOString(), ...fields });
  if (level === "error") console.error(line);
  else console.log(line);
};

/** Returns the log fields of an exception: its name, message and stack. */
export const errorFields = (error: unknown): LogFields =>
  error instanceof Error
    ? { error: error.name, message: error.message, stack: error.stack ?? "" }
    : { error: "unknown", message: String(error) };

/** Logs a warning. */
export const warn = (event: string, fields: LogFields): void => log("warn", event, fields);
