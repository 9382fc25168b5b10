import type { AppContext } from "../../http/context.ts";

export const PRODUCT = "studio";

/** Sends data in the envelope. */
export const reply = <T, S extends 200 | 201 = 200>(c: AppContext, data: T, status?: S) => {
  const code = (status ?? 200) as S;
  return c.json({ code: code as number, message: "success", data, timestamp: Date.now() }, code);
};
