export type LogFields = Record<string, string | number | boolean | null | undefined>;

/** One JSON line on the Worker's log. Fields are ids, routes, numbers: never a secret, a token or an e-mail address. */
export const log = (level: "info" | "warn" | "error", event: string, fields: LogFields = {}): void => {
  const line = JSON.stringify({ level, event, at: new Date().toISOString(), ...fields });
  if (level === "error") console.error(line);
  else console.log(line);
};

/** What an exception may say in the log: its kind, message and stack. */
export const errorFields = (error: unknown): LogFields =>
  error instanceof Error
    ? { error: error.name, message: error.message, stack: error.stack ?? "" }
    : { error: "unknown", message: String(error) };
